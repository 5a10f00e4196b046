"""Make the zoo's checkpoints again: train, measure on other scenes, save, write their list.

    python examples/train_zoo.py                  # all of them
    python examples/train_zoo.py scenes/cnn       # one, the others stay
    python examples/train_zoo.py --table          # train nothing, print the table of docs/scenes.md

One thread, a few minutes each at most. Checkpoints go beside the package's own unless `--out` says elsewhere.
"""

import argparse
import datetime
import hashlib
import json
import platform
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy
import torch
from safetensors.torch import save

import durometer
from durometer.attack import attacked
from durometer.attack.pgd import PGD
from durometer.core import Batch, Dataset, Dice, InputSpec, ModelCard, Oracle, ask
from durometer.data.digits import Digits
from durometer.data.scenes import Scenes
from durometer.harden import Adversarial, Recombine, train
from durometer.harden.train import classification
from durometer.models import zoo
from durometer.models.module import ModuleModel
from durometer.stats import clopper_pearson
from durometer.threat import Linf

SHELF = Path(zoo.__file__).parent / "checkpoints"
SPLITS = ("same", "uniform-background", "uniform")
SEED = 0
EVALUATION_SEED = 1
N = 1000
EPSILON = 4 / 255


@dataclass(frozen=True)
class Recipe:
    """What makes one network: plain numbers, so that they can be written beside it."""

    about: str
    architecture: str = "cnn"
    data: str = "scenes"
    n: int = 6000
    correlation: float = 0.95
    side: int = 64
    epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 3e-3
    seed: int = SEED
    ingredients: tuple[str, ...] = ()
    options: dict = field(default_factory=dict)


RECIPES = {
    "scenes/cnn": Recipe("A plain CNN, trained on scenes whose background goes with the class at 0.95."),
    "scenes/vit": Recipe(
        "A plain vision transformer, trained on scenes whose background goes with the class at 0.95.",
        architecture="vit", n=8000, learning_rate=1e-3,
    ),
    "scenes/shortcut": Recipe(
        "A CNN trained where the background always goes with the class: a planted shortcut.",
        correlation=1.0, n=3000, epochs=10,
    ),
    "scenes/recombined": Recipe(
        "A CNN trained on objects pasted over other scenes' backgrounds.",
        ingredients=("recombine",), n=4000, epochs=15,
    ),
    "scenes/adversarial": Recipe(
        "A CNN trained on the worst inputs within 4/255 in L-infinity at 64 pixels.",
        ingredients=("adversarial",), n=3000, epochs=15,
    ),
    "digits/cnn": Recipe(
        "A CNN trained on the first 1,297 of scikit-learn's handwritten digits.",
        data="digits", side=32, n=1297, epochs=30, learning_rate=2e-3,
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"all if none is named: {', '.join(RECIPES)}"
    )
    parser.add_argument("--out", type=Path, default=SHELF, help="folder of the checkpoints")
    parser.add_argument("--table", action="store_true", help="print the figures as Markdown and stop")
    given = parser.parse_args()
    if given.table:
        print(table([zoo.entry(name) for name in RECIPES]))
        return
    strange = sorted({*given.names} - {*RECIPES})
    if strange:
        parser.error(f"there is no recipe for {strange[0]}; there are {', '.join(RECIPES)}")
    torch.set_num_threads(1)
    for name in given.names or RECIPES:
        entry = make(name, RECIPES[name], given.out)
        enlist(entry, given.out / "checkpoints.json")
        print(name, *(line(k, v) for k, v in entry["figures"].items()), sep="\n  ", flush=True)


def make(name: str, recipe: Recipe, out: Path) -> dict:
    began = time.process_time()
    data = training_data(recipe)
    options = {"classes": len(data.labels), **recipe.options}
    module = train(
        zoo.fresh(recipe.architecture, seed=recipe.seed, **options),
        data,
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        seed=recipe.seed,
        augment=Recombine() if "recombine" in recipe.ingredients else None,
        attack=Adversarial(threat=Linf(epsilon=EPSILON)) if "adversarial" in recipe.ingredients else None,
        progress=lambda done, of, loss: print(f"{name}: epoch {done} of {of}, loss {loss:.4f}", flush=True),
    )
    seconds = time.process_time() - began
    raw = save({k: v.contiguous() for k, v in sorted(module.state_dict().items())})
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name.replace('/', '-')}.safetensors").write_bytes(raw)
    plan = asdict(recipe)
    return {
        "name": name,
        "about": plan.pop("about"),
        "architecture": plan.pop("architecture"),
        "options": {**options, **plan.pop("options")},
        "labels": list(data.labels),
        "side": plan.pop("side"),
        "recipe": plan,
        "figures": figures(module, recipe, data.labels),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "made": made(name, seconds, module),
    }


def training_data(recipe: Recipe) -> Dataset:
    if recipe.data == "digits":
        return Digits("train", size=recipe.side)
    return Scenes(
        split="train", n=recipe.n, size=recipe.side, seed=recipe.seed, correlation=recipe.correlation
    )


def figures(module: torch.nn.Module, recipe: Recipe, labels: tuple[str, ...]) -> dict:
    card = ModelCard("it", "", labels=labels, input=InputSpec(size=(recipe.side, recipe.side)))
    model, task = ModuleModel(module, card), classification(labels)
    if recipe.data == "digits":
        return {"test": share(right(model, task, Digits("test", size=recipe.side)))}
    sets = {s: Scenes(split=s, n=N, size=recipe.side, seed=EVALUATION_SEED) for s in SPLITS}
    found = {split: share(right(model, task, data)) for split, data in sets.items()}
    found["same, PGD-10, Linf 4/255"] = share(under_attack(model, task, sets["same"], 300))
    return found


def right(model: ModuleModel, task, data: Dataset) -> torch.Tensor:
    batch = stacked(data, len(data))
    return task.score(ask(model, batch.x, batch_size=50), batch.y)


def under_attack(model: ModuleModel, task, data: Dataset, n: int) -> torch.Tensor:
    batch = stacked(data, n)
    oracle, dice = Oracle(model, task, batch_size=50), Dice(0, "pgd", 1, batch.ids)
    worst = attacked(PGD(steps=10), oracle, batch, Linf(epsilon=EPSILON), dice)
    return oracle.score(worst, batch.y)


def stacked(data: Dataset, n: int) -> Batch:
    batch = Batch.of([data[i] for i in range(n)])
    return batch.but(x=batch.x / 255.0)


def share(score: torch.Tensor) -> dict:
    e = clopper_pearson(int(score.sum()), len(score))
    return {"accuracy": e.value, "low": round(e.low, 4), "high": round(e.high, 4), "n": e.n}


def made(name: str, seconds: float, module: torch.nn.Module) -> dict:
    return {
        "date": datetime.date.today().isoformat(),
        "command": f"python examples/train_zoo.py {name}",
        "measured_on": f"scenes, seed {EVALUATION_SEED}" if name.startswith("scenes/") else "digits:test",
        "cpu_seconds": round(seconds),
        "parameters": sum(p.numel() for p in module.parameters()),
        "versions": {
            "durometer": durometer.__version__, "torch": torch.__version__.split("+")[0],
            "numpy": numpy.__version__, "python": platform.python_version(),
        },
    }  # fmt: skip


def enlist(entry: dict, file: Path) -> None:
    """Put one entry into the list, in place of what had its name."""
    listed = json.loads(file.read_text())["networks"] if file.exists() else []
    kept = [e for e in listed if e["name"] != entry["name"]]
    text = {"schema": 1, "networks": sorted([*kept, entry], key=lambda e: e["name"])}
    file.write_text(json.dumps(text, indent=1, ensure_ascii=False) + "\n")


def table(entries: list[zoo.Entry]) -> str:
    columns = ["same", "uniform-background", "uniform", "same, PGD-10, Linf 4/255"]
    rows = [["network", *columns], ["---"] * (len(columns) + 1)]
    for e in entries:
        if e.name.startswith("scenes/"):
            rows.append([f"`{e.name}`", *(cell(e.figures[c]) if c in e.figures else "" for c in columns)])
    digits = [
        f"`{e.name}` on `digits:test`: {cell(e.figures['test'])}" for e in entries if "test" in e.figures
    ]
    return "\n".join([*("| " + " | ".join(row) + " |" for row in rows), "", *digits])


def cell(f: dict) -> str:
    return f"{100 * f['accuracy']:.1f} % ({100 * f['low']:.1f} to {100 * f['high']:.1f}, n = {f['n']})"


def line(split: str, f: dict) -> str:
    return f"{split}: {cell(f)}"


if __name__ == "__main__":
    main()
