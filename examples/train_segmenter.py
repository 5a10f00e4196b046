"""Train the shipped segmenter again: BASNet's architecture, six channels wide, on generated scenes.

    python examples/train_segmenter.py            # a few minutes on one thread

Measures it on scenes of another seed, saves its parameters in half precision and writes their list.
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

import durometer
from durometer.data.scenes import Scenes
from durometer.harden.train import schedule
from durometer.models import segmenters
from durometer.models.segmenters.basnet import PredictRefine
from durometer.models.segmenters.hybrid import supervised
from durometer.models.segmenters.weights import load_predict_refine
from durometer.models.zoo.parts import initialize
from durometer.ops.overlap import iou
from durometer.stats import bootstrap

SHELF = Path(segmenters.__file__).parent / "checkpoints"
NAME = "scenes-predict-refine"
OPTIONS = {"width": 6, "refine": 6, "blocks": [1, 1, 1, 1, 1, 1]}
RECIPE = {
    "split": "uniform",
    "n": 3000,
    "side": 64,
    "epochs": 8,
    "batch_size": 16,
    "learning_rate": 4e-3,
    "seed": 0,
}
EVALUATION_SEED, N = 1, 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=SHELF, help="folder of the parameters")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    began = time.process_time()
    module = trained(**RECIPE)
    seconds = round(time.process_time() - began)
    raw = packed(module, OPTIONS)
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{NAME}.safetensors").write_bytes(raw)
    read = load_predict_refine(out / f"{NAME}.safetensors")  # what is measured is what was saved
    entry = {
        "name": NAME, "options": OPTIONS, "recipe": RECIPE, "bytes": len(raw),
        "parameters": sum(p.numel() for p in module.parameters()),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "measured_on": f"scenes, seed {EVALUATION_SEED}",
        "figures": {split: figures(read, split) for split in ("uniform", "same")},
        "cpu_seconds": seconds, "date": datetime.date.today().isoformat(),
        "command": "python examples/train_segmenter.py",
        "versions": {
            "durometer": durometer.__version__, "torch": torch.__version__.split("+")[0],
            "numpy": numpy.__version__, "python": platform.python_version(),
        },
    }  # fmt: skip
    (out / "segmenters.json").write_text(json.dumps({"schema": 1, "segmenters": [entry]}, indent=1) + "\n")
    print(json.dumps(entry["figures"], indent=1))


def trained(*, split, n, side, epochs, batch_size, learning_rate, seed) -> PredictRefine:
    x, masks = held(Scenes(split=split, n=n, size=side, seed=seed))
    generator = torch.Generator().manual_seed(seed)
    with torch.device("meta"):
        module = PredictRefine(**OPTIONS)
    module = module.to_empty(device="cpu").train()
    initialize(module, generator)
    optimizer = torch.optim.AdamW(module.parameters(), lr=learning_rate, weight_decay=0.01)
    steps, losses = epochs * (n // batch_size), []
    for epoch in range(epochs):
        order = torch.randperm(n, generator=generator)
        for k in range(n // batch_size):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * schedule(epoch * (n // batch_size) + k, steps)
            index = order[k * batch_size : (k + 1) * batch_size]
            loss = supervised(module(x[index] / 255.0), masks[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(float(loss.detach()))
        print(
            f"epoch {epoch + 1} of {epochs}, loss {numpy.mean(losses[-(n // batch_size) :]):.3f}", flush=True
        )
    return module.eval()


def held(scenes: Scenes) -> tuple[torch.Tensor, torch.Tensor]:
    samples = [scenes[i] for i in range(len(scenes))]
    return torch.stack([s.x for s in samples]), torch.stack([s.aux["mask"] for s in samples])


def packed(module: PredictRefine, options: dict) -> bytes:
    """Half precision; counters of batches seen are left out."""
    state = {
        k: v.half().contiguous() for k, v in sorted(module.state_dict().items()) if v.is_floating_point()
    }
    return save(state, metadata={"durometer": "predict-refine", "options": json.dumps(options)})


def figures(module: PredictRefine, split: str) -> dict:
    x, truth = held(Scenes(split=split, n=N, size=RECIPE["side"], seed=EVALUATION_SEED))
    with torch.no_grad():
        masks = torch.cat([module(x[i : i + 50] / 255.0)[0].sigmoid() for i in range(0, N, 50)])
    found = iou(masks, truth).numpy()
    e = bootstrap((found,), lambda values: float(numpy.median(values)))
    mean = bootstrap((found,), lambda values: float(numpy.mean(values)))
    return {
        "median_iou": round(e.value, 4), "low": round(e.low, 4), "high": round(e.high, 4), "n": N,
        "mean_iou": round(mean.value, 4), "mean_low": round(mean.low, 4), "mean_high": round(mean.high, 4),
    }  # fmt: skip


if __name__ == "__main__":
    main()
