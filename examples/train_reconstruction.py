"""Make the two reconstruction networks of the zoo again: the plain one and the robustness-aware one.

    python examples/train_reconstruction.py                    # both
    python examples/train_reconstruction.py phantoms/robust    # one, the other stays

One thread, some minutes each. Checkpoints go beside the package's own unless `--out` says elsewhere.
"""

import argparse
import hashlib
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save

from durometer.data.phantoms import Phantoms
from durometer.harden.reconstruction import Robustness, train_reconstruction
from durometer.models import zoo
from durometer.models.measured import Measured
from durometer.ops.fidelity import fidelity
from durometer.stats import bootstrap
from train_zoo import SHELF, enlist, made

N, EPOCHS, SEED, SIDE = 1200, 10, 0, 64
BATCH, LEARNING_RATE = 32, 2e-3
TEST, TEST_SEED = 200, 1
ABOUT = {
    "phantoms/plain": "A small U-Net that reconstructs phantoms from a quarter of their lines.",
    "phantoms/robust": "The same, trained also on the worst of turns, squares cut out and disturbances.",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ABOUT)}; all if none")
    parser.add_argument("--out", type=Path, default=SHELF, help="folder of the checkpoints")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    given = parser.parse_args()
    if strange := sorted({*given.names} - {*ABOUT}):
        parser.error(f"there is no recipe for {strange[0]}; there are {', '.join(ABOUT)}")
    torch.set_num_threads(1)
    for name in given.names or ABOUT:
        entry = make(name, given.out, given.epochs)
        enlist(entry, given.out / "checkpoints.json")
        print(name, entry["figures"], flush=True)


def make(name: str, out: Path, epochs: int) -> dict:
    began = time.process_time()
    module = train_reconstruction(
        zoo.fresh("reconstructor", seed=SEED),
        Phantoms(split="train", n=N, size=SIDE),
        epochs=epochs,
        batch_size=BATCH,
        learning_rate=LEARNING_RATE,
        robustness=Robustness() if name == "phantoms/robust" else None,
        progress=lambda done, of, loss: print(f"{name}: epoch {done} of {of}, loss {loss:.5f}", flush=True),
    )
    seconds = time.process_time() - began
    raw = save({k: v.half().contiguous() for k, v in sorted(module.state_dict().items())})
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name.replace('/', '-')}.safetensors").write_bytes(raw)
    module = module.half().float()  # as it is saved
    facts = made(name, seconds, module)
    return {
        "name": name, "about": ABOUT[name], "architecture": "reconstructor", "options": {}, "labels": [],
        "side": SIDE, "recipe": {"data": "phantoms", "n": N, "epochs": epochs, "batch_size": BATCH,
                                 "learning_rate": LEARNING_RATE, "seed": SEED},
        "figures": figures(module), "sha256": hashlib.sha256(raw).hexdigest(),
        "made": facts | {
            "command": f"python examples/train_reconstruction.py {name}",
            "measured_on": f"phantoms:test, seed {TEST_SEED}",
        },
        "task": "reconstruction",
    }  # fmt: skip


def figures(module: torch.nn.Module) -> dict:
    model, data = Measured(module, "it"), Phantoms(n=TEST, size=SIDE, seed=TEST_SEED)
    samples = [data[i] for i in range(TEST)]
    x = torch.stack([s.x for s in samples]) / 255
    with torch.no_grad():
        output = torch.cat([model(model.view(part)) for part in x.split(50)])
    found = [fidelity(one, s.y) for one, s in zip(output, samples, strict=True)]
    return {"PSNR in dB": mean([f.psnr for f in found]), "SSIM": mean([f.ssim for f in found])}


def mean(values: list) -> dict:
    e = bootstrap((np.array(values),), lambda v: float(v.mean()), resamples=2000)
    return {"value": round(e.value, 4), "low": round(e.low, 4), "high": round(e.high, 4), "n": e.n}


if __name__ == "__main__":
    main()
