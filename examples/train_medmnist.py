"""Train a small network on a MedMNIST file twice: plain, and with MedMNIST-C's targeted augmentation.

    python examples/train_medmnist.py pneumoniamnist.npz --out nets
    durometer run -s medmnist-c -d pneumoniamnist.npz --split val -m nets/plain.pt2 -m nets/targeted.pt2

The file is not shipped; `durometer.data.open_data` reads all that have one label a picture. Both networks see
the same pictures in the same order, as often; nothing is chosen on the other splits. One thread, a minute
or two for PneumoniaMNIST at 28 pixels.
"""

import argparse
import time
from pathlib import Path

import torch

from durometer.data import open_data
from durometer.harden import Stressed, train
from durometer.models import zoo
from durometer.stress.corruptions.medmnist.augmentation import MedMnistAugmentation

ARMS = ("plain", "targeted")
EPOCHS = 15
BATCH = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path, help="a MedMNIST .npz with the split train")
    parser.add_argument("--out", type=Path, default=Path("medmnist-nets"), help="folder of the networks")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    data = open_data(given.file, split="train")
    for arm in ARMS:
        began = time.process_time()
        net = trained(data, arm, seed=given.seed, epochs=given.epochs)
        save(net, data, given.out / f"{arm}.pt2")
        print(f"{arm}: {given.out / f'{arm}.pt2'}, {time.process_time() - began:.0f} CPU seconds", flush=True)


def trained(data, arm: str, *, seed: int, epochs: int = EPOCHS) -> torch.nn.Module:
    """Return a small CNN trained on a split; `data` is of a MedMNIST file."""
    profile = data.suite.removeprefix("medmnist-c-")
    return train(
        zoo.fresh("cnn", seed=seed, classes=len(data.labels)),
        data,
        epochs=epochs,
        batch_size=BATCH,
        seed=seed,
        augment=Stressed(MedMnistAugmentation(profile=profile)) if arm == "targeted" else None,
    )


def save(net: torch.nn.Module, data, path: Path) -> None:
    """Export a network for batches of any size."""
    example = torch.zeros(2, *data[0].x.shape)
    sizes = ({0: torch.export.Dim("batch", min=1)},)
    torch.export.save(torch.export.export(net, (example,), dynamic_shapes=sizes), path)


if __name__ == "__main__":
    main()
