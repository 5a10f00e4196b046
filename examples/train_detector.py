"""Make the zoo's detector and its semantic segmenter again: train, measure on other scenes, save, list.

    python examples/train_detector.py                     # both
    python examples/train_detector.py scenes/detector     # one, the other stays

One thread, a few CPU minutes each. Parameters are saved in half precision beside the zoo's other networks
unless `--out` says elsewhere; what is measured is what was saved.
"""

import argparse
import hashlib
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load, save
from torch.nn import functional as F

from durometer.core import Batch
from durometer.data.scenes import SceneMaps, SceneObjects
from durometer.harden.pool import pool
from durometer.harden.train import WEIGHT_DECAY, schedule
from durometer.measures.ap import Matches
from durometer.measures.detections import Detections, Truths
from durometer.models import zoo
from durometer.models.zoo.building import filled
from durometer.models.zoo.teaching import lesson
from durometer.models.zoo.teaching import loss as detection_loss
from durometer.stats import bootstrap
from train_zoo import SHELF, enlist, made

SEED, EVALUATION_SEED, N = 0, 1, 500
LARGEST_STEP = 5.0
"""Norm of the gradient of a step at most."""


@dataclass(frozen=True)
class Recipe:
    """What makes one network: plain numbers, so that they can be written beside it."""

    about: str
    architecture: str
    task: str
    data: str
    side: int = 96
    n: int = 6000
    epochs: int = 4
    batch_size: int = 24
    learning_rate: float = 3e-3
    seed: int = SEED


RECIPES = {
    "scenes/detector": Recipe(
        "A detector with masks, trained on scenes with several objects.",
        architecture="detector", task="instance-segmentation", data="scenes-objects", epochs=5,
    ),
    "scenes/segmenter": Recipe(
        "A semantic segmenter, trained on scenes with several objects.",
        architecture="segmenter", task="semantic-segmentation", data="scenes-maps", n=5000, epochs=3,
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"both if none is named: {', '.join(RECIPES)}"
    )
    parser.add_argument("--out", type=Path, default=SHELF, help="folder of the parameters")
    given = parser.parse_args()
    strange = sorted({*given.names} - {*RECIPES})
    if strange:
        parser.error(f"there is no recipe for {strange[0]}; there are {', '.join(RECIPES)}")
    torch.set_num_threads(1)
    for name in given.names or RECIPES:
        entry = make(name, RECIPES[name], given.out)
        enlist(entry, given.out / "checkpoints.json")
        print(name, *(f"{k}: {v}" for k, v in entry["figures"].items()), sep="\n  ", flush=True)


def make(name: str, recipe: Recipe, out: Path) -> dict:
    began = time.process_time()
    data = scenes(recipe, split="train", n=recipe.n, seed=recipe.seed)
    options = {"classes": len(data.labels)}
    module = trained(name, recipe, data, options)
    seconds = time.process_time() - began
    raw = save(packed(module))
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name.replace('/', '-')}.safetensors").write_bytes(raw)
    saved = filled(recipe.architecture, options, load(raw))
    plan = asdict(recipe)
    return {
        "name": name,
        "about": plan.pop("about"),
        "architecture": plan.pop("architecture"),
        "task": plan.pop("task"),
        "options": options,
        "labels": list(data.labels),
        "side": plan.pop("side"),
        "recipe": plan,
        "figures": figures(saved, recipe),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "made": made(name, seconds, module) | {
            "command": f"python examples/train_detector.py {name}",
            "measured_on": f"{recipe.data}:test, seed {EVALUATION_SEED}, {recipe.side} pixels",
        },
    }  # fmt: skip


def scenes(recipe: Recipe, **options) -> SceneObjects:
    kind = SceneMaps if recipe.data == "scenes-maps" else SceneObjects
    return kind(size=recipe.side, **options)


def trained(name: str, recipe: Recipe, data: SceneObjects, options: dict) -> torch.nn.Module:
    held = pool(data, needs=frozenset())
    module = zoo.fresh(recipe.architecture, seed=recipe.seed, **options).train()
    optimizer = torch.optim.AdamW(module.parameters(), lr=recipe.learning_rate, weight_decay=WEIGHT_DECAY)
    generator, per_epoch = torch.Generator().manual_seed(recipe.seed), recipe.n // recipe.batch_size
    losses = []
    for step in range(recipe.epochs * per_epoch):
        if step % per_epoch == 0:
            order = torch.randperm(recipe.n, generator=generator)
        place = step % per_epoch * recipe.batch_size
        loss = wrong(module, held.batch(order[place : place + recipe.batch_size]), recipe.side)
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * schedule(step, recipe.epochs * per_epoch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), LARGEST_STEP)
        optimizer.step()
        losses.append(float(loss.detach()))
        if step % 50 == 49:
            print(
                f"{name}: step {step + 1} of {recipe.epochs * per_epoch}, loss {np.mean(losses[-50:]):.3f}",
                flush=True,
            )
    return module.eval()


def wrong(module: torch.nn.Module, batch: Batch, side: int) -> torch.Tensor:
    if isinstance(batch.y[0], torch.Tensor):
        return F.cross_entropy(module(batch.x), torch.stack(batch.y))
    return detection_loss(module.heads(batch.x), lesson(batch.y, side, side))


def packed(module: torch.nn.Module) -> dict:
    """Half precision, but for the counters of batches."""
    state = sorted(module.state_dict().items())
    return {k: (v.half() if v.is_floating_point() else v).contiguous() for k, v in state}


@torch.no_grad()
def figures(module: torch.nn.Module, recipe: Recipe) -> dict:
    data = scenes(recipe, split="test", n=N, seed=EVALUATION_SEED)
    held = pool(data, needs=frozenset())
    answers = [module(held.batch(part).x) for part in torch.arange(N).split(50)]
    if isinstance(answers[0], torch.Tensor):
        return overlaps(torch.cat(answers).argmax(dim=1), torch.stack(held.y), len(data.labels))
    found = Detections.of({key: torch.cat([a[key] for a in answers]) for key in answers[0]})
    truths, said = Truths.of(held.y), {}
    for what, masks in (("boxes", False), ("masks", True)):
        matches = Matches.of(truths, found, images=N, masks=masks)
        said[f"AP50 of {what}"] = figure(matches.estimate(at=0.5))
        said[f"AP of {what}"] = figure(matches.estimate())
    return said


def overlaps(answer: torch.Tensor, truth: torch.Tensor, classes: int) -> dict:
    """Mean over classes of intersection over union, pixels counted over all pictures."""
    one, other = (F.one_hot(of.flatten(1), classes) for of in (answer, truth))
    both, either = (one & other).sum(1).numpy(), (one | other).sum(1).numpy()
    e = bootstrap((both, either), lambda b, e: float((b.sum(0) / e.sum(0)).mean()))
    return {"mean IoU": figure(e)}


def figure(e) -> dict:
    return {"value": round(e.value, 4), "low": round(e.low, 4), "high": round(e.high, 4), "n": e.n}


if __name__ == "__main__":
    main()
