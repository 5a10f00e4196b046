"""Make the toy pair of encoders again: train on captions of scenes, measure retrieval, save, write the list.

    python examples/train_pair.py                 # a few minutes on one thread
    python examples/train_pair.py --out FOLDER    # not over the package's own

Each time a scene is seen its caption is told another way: its color, background, size and surface are each
named or left out by dice, so that the pair learns all of these words.
"""

import argparse
import datetime
import hashlib
import json
import platform
import time
from pathlib import Path

import numpy
import torch
from safetensors.torch import save
from torch.nn.functional import normalize

import durometer
from durometer.core import Dice, InputSpec, ModelCard
from durometer.data.scenes import LABELS, Scenes
from durometer.data.scenes.draw import BACKGROUNDS, COLORS
from durometer.harden.train import schedule
from durometer.models import pairs
from durometer.models.pairs.towers import Towers, contrastive
from durometer.models.zoo.parts import initialize
from durometer.stats import graded_mean
from durometer.tasks.retrieval import reciprocal_ranks

SHELF = Path(pairs.__file__).parent / "checkpoints"
NAME = "scenes/pair"
SIDE, N, EPOCHS, BATCH, RATE, SEED = 64, 8000, 20, 64, 3e-3, 0
EVALUATION = {"seed": 1, "n": 500}
SURFACES = {"plain": "plain", "stripes": "striped", "dots": "dotted", "checks": "checked"}
SMALL, LARGE = 0.1, 0.22
OTHERS = ("a", "an", "on", "small", "large", *SURFACES.values())
WORDS = sorted({*OTHERS, *LABELS, *BACKGROUNDS, *COLORS})
START = 10.0
"""Cosines are multiplied by this at first; it is learned, at most 50."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=SHELF, help="folder of the checkpoint")
    given = parser.parse_args()
    torch.set_num_threads(1)
    began = time.process_time()
    towers, scale = train()
    seconds = time.process_time() - began
    raw = save({k: v.contiguous() for k, v in sorted(towers.state_dict().items())})
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "scenes-pair.safetensors").write_bytes(raw)
    entry = listed(towers, scale, raw, seconds)
    text = {"schema": 1, "pairs": [entry]}
    (given.out / "pairs.json").write_text(json.dumps(text, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(entry["figures"], indent=1))


def train() -> tuple[Towers, float]:
    data = Scenes(split="uniform", n=N, size=SIDE, seed=SEED)
    samples = [data[i] for i in range(N)]
    pictures = torch.stack([s.x for s in samples])
    towers = Towers(words=WORDS)
    generator = torch.Generator().manual_seed(SEED)
    initialize(towers, generator)
    torch.nn.init.normal_(towers.vectors.weight, generator=generator)
    scale = torch.nn.Parameter(torch.tensor(START).log())
    optimizer = torch.optim.AdamW([*towers.parameters(), scale], lr=RATE, weight_decay=0.02)
    steps, step = EPOCHS * (N // BATCH), 0
    for epoch in range(EPOCHS):
        texts = told(samples, epoch)
        total = 0.0
        for index in torch.randperm(N, generator=generator)[: N - N % BATCH].split(BATCH):
            for group in optimizer.param_groups:
                group["lr"] = RATE * schedule(step, steps)
            seen = normalize(towers.image_features(pictures[index] / 255.0), dim=1)
            read = normalize(towers.text_features([texts[i] for i in index.tolist()]), dim=1)
            loss = contrastive(seen, read, scale.exp().clamp_max(50.0))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, step = total + float(loss.detach()), step + 1
        print(f"epoch {epoch + 1} of {EPOCHS}, loss {total / (N // BATCH):.4f}", flush=True)
    return towers.eval(), round(float(scale.detach().exp().clamp_max(50.0)), 3)


def told(samples, epoch: int) -> list[str]:
    """Each scene in words, another way each epoch."""
    dice = Dice(SEED, "captions", 1, tuple(s.id for s in samples), epoch)
    chances = dice.uniform("told", (5,)).tolist()
    return [tell(s, *row) for s, row in zip(samples, chances, strict=True)]


def tell(sample, color: float, ground: float, size: float, finish: float, unknown: float) -> str:
    facts, words = sample.facts, []
    if size < 0.4 and not SMALL < facts["size"] < LARGE:
        words.append("small" if facts["size"] <= SMALL else "large")
    if finish < 0.3:
        words.append(SURFACES[facts["finish"]])
    if unknown < 0.1:
        words.append("unknown")
    if color < 0.8:
        words.append(facts["color"])
    place = [f"on {facts['background']}"] if ground < 0.8 else []
    return " ".join(["a", *words, facts["caption"].split(" on ")[0].split()[-1], *place])


def figures(towers: Towers, scale: float) -> dict:
    pair = pairs.Pair(towers, ModelCard(NAME, "", input=InputSpec(size=(SIDE, SIDE))), scale=scale)
    found = {}
    for split in ("uniform", "same"):
        data = Scenes(split=split, size=SIDE, **EVALUATION)
        samples = [data[i] for i in range(len(data))]
        seen = pair.images(torch.stack([s.x for s in samples]) / 255.0)
        read = pair.texts([s.facts["caption"] for s in samples])
        gallery = torch.arange(len(samples))
        estimate, _ = graded_mean(reciprocal_ranks(read @ seen.T, gallery).double().numpy())
        found[split] = {
            "mrr": round(estimate.value, 4), "low": round(estimate.low, 4),
            "high": round(estimate.high, 4), "n": estimate.n,
        }  # fmt: skip
    return found


def listed(towers: Towers, scale: float, raw: bytes, seconds: float) -> dict:
    return {
        "name": NAME,
        "about": "A CNN beside a bag of words, trained on captions of scenes with all attributes uniform.",
        "options": {"words": WORDS},
        "side": SIDE,
        "scale": scale,
        "recipe": {
            "data": "scenes:uniform", "n": N, "epochs": EPOCHS, "batch_size": BATCH,
            "learning_rate": RATE, "seed": SEED,
        },
        "figures": figures(towers, scale),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "made": {
            "date": datetime.date.today().isoformat(),
            "command": "python examples/train_pair.py",
            "measured_on": f"scenes, seed {EVALUATION['seed']}, a gallery of {EVALUATION['n']}",
            "cpu_seconds": round(seconds),
            "parameters": sum(p.numel() for p in towers.parameters()),
            "versions": {
                "durometer": durometer.__version__, "torch": torch.__version__.split("+")[0],
                "numpy": numpy.__version__, "python": platform.python_version(),
            },
        },
    }  # fmt: skip


if __name__ == "__main__":
    main()
