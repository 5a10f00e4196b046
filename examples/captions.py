"""Put attribute words into captions and see what a pair of encoders loses; a minute on one thread.

    python examples/captions.py           # the tables of docs/text.md
    python examples/captions.py OUT       # and keep the records and reports there

The toy pair is asked; `durometer.models.pairs.load_clip("FOLDER")` brings a CLIP-like model of one's own.
"""

import sys
import tempfile
from pathlib import Path

import numpy
import torch

from durometer import summarize
from durometer.data.scenes import LABELS, Scenes
from durometer.data.scenes.draw import BACKGROUNDS
from durometer.explain.groups import group_accuracy
from durometer.measures import MEASURES
from durometer.models.pairs import ContextualZeroShot, ZeroShot, load
from durometer.report import write
from durometer.run import ConditionPlan, DataPlan, ModelPlan, Plan, run
from durometer.run.captions import Asking, run_captions
from durometer.run.conditions import CANVAS
from durometer.stress.text import AttributeInsertion

INSERTIONS = (
    AttributeInsertion(kind="color"),
    AttributeInsertion(kind="color", among="false"),
    AttributeInsertion(kind="color", among="any", related=5, unlike=5),
    AttributeInsertion(kind="size"),
)
UNCOLORED = Asking(text=lambda sample: " ".join(["a", *sample.facts["caption"].split()[2:]]))


def main() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(sys.argv[1] if len(sys.argv) > 1 else scratch)
        pair, scenes = load("scenes/pair"), Scenes(split="uniform", n=500, seed=1)
        for task, name in (("retrieval", "MRR"), ("matching", "macro-F1")):
            record = run_captions(
                pair, scenes, out / task, task=task, asking=UNCOLORED, insertions=INSERTIONS
            )
            write(summarize(record), out / f"{task}-report", artifact=record.artifact)
            table(record, name)
        groups(pair, out / "zero-shot")


def table(record, name: str) -> None:
    """Print a measure and what is lost of it under each insertion."""
    print(f"\n| {name} | value | lost | not edited |\n| --- | --- | --- | --- |")
    reference = record.rows(where={"condition": CANVAS.key})
    for key, words in record.manifest["conditions"].items():
        rows = record.rows(where={"condition": key})
        both = {k: numpy.concatenate([reference[k], rows[k]]) for k in rows}
        lost = "" if key == CANVAS.key else said(MEASURES.make(f"{name} drop", {"before": CANVAS.key})(both))
        samples = {p for p, s in zip(rows["position"], rows["status"], strict=True) if s == "not-edited"}
        print(f"| {words['title']} | {said(MEASURES.make(name)(rows))} | {lost} | {len(samples)} |")


def groups(pair, out: Path) -> None:
    """Print zero-shot accuracy with and without the context inferred first."""
    contexts = {"background": {b: [f"on {b}"] for b in BACKGROUNDS}}
    models = (
        ModelPlan(ZeroShot(pair, LABELS, templates=("a {}.",), name="plain")),
        ModelPlan(ContextualZeroShot(pair, LABELS, template="a {}", contexts=contexts, name="contextual")),
    )
    data = DataPlan(source=Scenes(split="uniform-background", n=2000, seed=1))
    record = run(Plan(models=models, data=data, conditions=(ConditionPlan("stress", "null-edit"),)), out)
    print("\n| zero-shot | accuracy | worst background |\n| --- | --- | --- |")
    for found, figures in zip(group_accuracy(record, ["background"]), summarize(record).models, strict=True):
        print(f"| {found.model} | {said(figures.canvas)} | {said(found.worst)} |")


def said(e) -> str:
    return f"{e.value:.3f} ({e.low:.3f} to {e.high:.3f}, n = {e.n})"


if __name__ == "__main__":
    main()
