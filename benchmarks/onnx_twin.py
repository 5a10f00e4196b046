"""The twin of an ONNX network against the torch module that was exported: one forward and one backward pass.

    python benchmarks/onnx_twin.py

One thread, 50 inputs of 3x32x32, CPU seconds, best of 24; needs the extra onnx.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from durometer.models import load_model
from durometer.models.onnx.session import OnnxModel


class Block(nn.Module):
    """A residual block."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.one = nn.Sequential(
            nn.Conv2d(width, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU()
        )
        self.two = nn.Sequential(nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out))
        self.aside = nn.Identity() if width == out else nn.Conv2d(width, out, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.two(self.one(x)) + self.aside(x))


class Transformer(nn.Module):
    """Patches of 4 pixels, 4 blocks of width 96, 4 heads."""

    def __init__(self) -> None:
        super().__init__()
        self.patches, self.head = nn.Conv2d(3, 96, 4, 4), nn.Linear(96, 10)
        layer = nn.TransformerEncoderLayer(96, 4, 192, batch_first=True, norm_first=True, activation="gelu")
        self.blocks = nn.TransformerEncoder(layer, 4, enable_nested_tensor=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(self.patches(x).flatten(2).transpose(1, 2)).mean(dim=1))


def resnet() -> nn.Module:
    widths = [(16, 16, 1)] * 3 + [(16, 32, 2)] + [(32, 32, 1)] * 2 + [(32, 64, 2)] + [(64, 64, 1)] * 2
    first = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    last = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]
    return nn.Sequential(*first, *[Block(*w) for w in widths], *last)


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "dense, three layers": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(3072, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)
    ),
    "convolutional, two layers and two dense": lambda: nn.Sequential(
        nn.Conv2d(3, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(), nn.Flatten(),
        nn.Linear(2048, 100), nn.ReLU(), nn.Linear(100, 10),
    ),
    "ResNet-20": resnet,
    "vision transformer, 4 blocks of width 96": Transformer,
}  # fmt: skip


def cost(network: Callable[[Tensor], Tensor], x: Tensor) -> float:
    """CPU seconds of one forward and one backward pass."""
    started = time.process_time()
    leaf = x.clone().requires_grad_(True)
    torch.autograd.grad(network(leaf).logsumexp(1).sum(), leaf)
    return time.process_time() - started


def ratio(network: nn.Module, folder: Path) -> float:
    """The twin's cost as a multiple of the module's; the two take turns."""
    x, path = torch.rand(50, 3, 32, 32), folder / "net.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        free = {"x": {0: "N"}}
        torch.onnx.export(
            network, (x,), path, opset_version=17, input_names=["x"], dynamic_axes=free, dynamo=False
        )
    model = load_model(path)
    assert isinstance(model, OnnxModel)
    assert model.twin is not None
    module, twin = zip(*[(cost(network, x), cost(model.twin, x)) for _ in range(24)], strict=True)
    return min(twin) / min(module)


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.backends.mha.set_fastpath_enabled(False)  # it can't be exported, nor differentiated
    for name, made in NETWORKS.items():
        with tempfile.TemporaryDirectory() as place:
            print(f"{name}: {ratio(made().eval().requires_grad_(False), Path(place)):.2f}", flush=True)
