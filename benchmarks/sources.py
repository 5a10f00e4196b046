"""What a training source buys: networks from several sources and their mixes against one accuracy line.

    python benchmarks/sources.py [--n 1000] [--out RECORD]

A small study in the manner of "Quality Not Quantity" (Nguyen et al., 2022), on generated scenes. Reference
networks, trained for different lengths on the usual scenes, give an accuracy line for each shift. Networks of
as many scenes from other sources, where the background or the direction of the object is drawn freely, and
from half of each, are read against it. Takes a few minutes on one thread.
"""

import argparse
import tempfile
from pathlib import Path

import torch

from durometer.core import InputSpec, ModelCard
from durometer.data.scenes import Scenes
from durometer.explain.accuracy_line import above_the_line
from durometer.harden import train
from durometer.models import zoo
from durometer.models.module import ModuleModel
from durometer.run.engine import run
from durometer.run.plan import ConditionPlan, DataPlan, ModelPlan, Plan
from results import write

SIDE, TRAINED_ON = 32, 2000
SOURCES = {
    "usual": ("train",),
    "background": ("uniform-background",),
    "direction": ("uniform-direction",),
    "half of each": ("uniform-background", "uniform-direction"),
}
REFERENCES = [(seed, epochs) for seed in (0, 1) for epochs in (2, 3, 5, 8, 13)]
OTHERS = [(seed, 8) for seed in (0, 1)]
SHIFTS = [
    ("random-background", {}),
    ("direction", {"within": 180, "lose": 1}),
    ("size", {"share": 0.05}),
    ("gaussian-noise", {"profile": "cifar-c", "severity": 5}),
]
NOTE = (
    "Effective robustness in points, with 95 % intervals by bootstrap over the {n} scenes, the line's refit "
    "in them. The line: {references} CNNs of 2 to 13 epochs on {trained} usual scenes (background with the "
    "class at 0.95, {side} px). The others: 8 epochs on as many scenes of another source, two seeds each. "
    "All were asked on the same held-out usual scenes, clean and shifted. The intervals speak of these "
    "networks, not of new trainings."
)


class Mixed:
    """As many scenes as of one source, from several in equal parts."""

    def __init__(self, splits, seed):
        self.labels, self.name = Scenes.labels, "+".join(splits)
        each = TRAINED_ON // len(splits)
        self._parts = [Scenes(split=s, n=each, size=SIDE, seed=10 + seed) for s in splits]
        self._each = each

    def __len__(self):
        return self._each * len(self._parts)

    def __getitem__(self, i):
        return self._parts[i // self._each][i % self._each]

    def ids(self):
        return [f"{k}/{i}" for k, part in enumerate(self._parts) for i in part.ids()]


def network(source, seed, epochs):
    """Return one trained network as a model of the plan."""
    begun = zoo.fresh("cnn", seed=seed, classes=len(Scenes.labels))
    module = train(begun, Mixed(SOURCES[source], seed), epochs=epochs, seed=seed)
    name = f"{source}, {epochs} epochs, seed {seed}"
    print(name, flush=True)
    card = ModelCard(name, name, labels=Scenes.labels, input=InputSpec(size=(SIDE, SIDE)))
    return ModelPlan(ModuleModel(module, card), name=name)


def record(n, out):
    """Run all networks on the same scenes, clean and shifted."""
    made = [("usual", *which) for which in REFERENCES]
    made += [(source, *which) for source in SOURCES if source != "usual" for which in OTHERS]
    plan = Plan(
        models=tuple(network(*which) for which in made),
        data=DataPlan(Scenes(split="same", n=n, size=SIDE, seed=1)),
        conditions=tuple(ConditionPlan("stress", name, params) for name, params in SHIFTS),
        title="Training sources",
    )
    return run(plan, out)


def row(x):
    """Return one line of the table."""
    source, _, seed = x.model.split(", ")
    points = f"{100 * x.beyond.value:+.1f} ({100 * x.beyond.low:+.1f} to {100 * x.beyond.high:+.1f})"
    return {
        "shift": x.title, "source": source, "seed": seed.removeprefix("seed "),
        "clean, %": round(100 * x.clean, 1),
        "shifted, %": round(100 * x.shifted, 1), "expected, %": round(100 * x.expected, 1),
        "effective robustness": points,
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--n", type=int, default=1000, help="scenes that networks are asked on")
    parser.add_argument("--out", type=Path, help="folder of the record, if it is to stay")
    given = parser.parse_args()
    torch.set_num_threads(1)
    made = record(given.n, given.out or Path(tempfile.mkdtemp()) / "sources")
    references = [name for name in made.manifest["models"] if name.startswith("usual")]
    found = above_the_line(made, references)
    note = NOTE.format(n=given.n, references=len(references), trained=f"{TRAINED_ON:,}", side=SIDE)
    write("sources", [row(x) for x in found], note=note)


if __name__ == "__main__":
    main()
