"""Train the small networks that attacks are measured on: plain, PGD-trained, and one that masks gradients.

    python benchmarks/digit_networks.py tests/attack/networks

Three convolutions (16, 32, 32 channels, stride 2) and a linear layer, on scikit-learn's digits at 32 x 32.
The masking network is the plain one with its logits multiplied by 1000: the same decisions, and a
cross-entropy whose gradient is exactly zero on nearly every image.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from sklearn.datasets import load_digits
from torch import Tensor, nn

from durometer.core import ModelCard

TRAIN = 1297


def digits() -> tuple[Tensor, Tensor]:
    """Return (1797, 1, 32, 32) in [0, 1] and the digits."""
    data = load_digits()
    small = torch.from_numpy(data.images).float()[:, None] / 16
    order = torch.from_numpy(np.random.RandomState(0).permutation(len(small)))
    large = F.interpolate(small, size=32, mode="bilinear", align_corners=False).clamp(0, 1)
    return large[order], torch.from_numpy(data.target)[order]


def network() -> nn.Sequential:
    """Return the untrained network."""
    layers: list[nn.Module] = []
    for inside, outside in ((1, 16), (16, 32), (32, 32)):
        layers += [nn.Conv2d(inside, outside, 3, stride=2, padding=1), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))


class Counted(nn.Module):
    """A network that counts the points that pass forward, and those whose gradient passes back."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net, self.forwards, self.backwards = net, 0, 0

    def forward(self, x: Tensor) -> Tensor:
        self.forwards += len(x)
        output: Tensor = self.net(x)
        if output.requires_grad:
            output.register_hook(self._back)
        return output

    def _back(self, gradient: Tensor) -> None:
        self.backwards += len(gradient)


class Asked:
    """A network as durometer asks it."""

    card = ModelCard("digits", digest="benchmark", traits=frozenset({"grad", "logits"}))

    def __init__(self, net: nn.Module) -> None:
        self.net = net

    def view(self, canvas: Tensor) -> Tensor:
        return canvas

    def __call__(self, x: Tensor) -> Tensor:
        output: Tensor = self.net(x)
        return output


def train(*, epsilon: float, epochs: int, steps: int = 7) -> nn.Sequential:
    """Return a network trained on what PGD finds within Linf epsilon, or on the images at epsilon 0."""
    torch.manual_seed(0)
    net, (x, y) = network(), digits()
    x, y = x[:TRAIN], y[:TRAIN]
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for epoch in range(epochs):
        reach = epsilon * min(1, 2 * (epoch + 1) / epochs)
        for part in torch.randperm(TRAIN).split(64):
            shown = attacked(net, x[part], y[part], reach, steps) if reach else x[part]
            optimizer.zero_grad()
            F.cross_entropy(net(shown), y[part]).backward()
            optimizer.step()
        schedule.step()
    return net


def attacked(net: nn.Module, x: Tensor, y: Tensor, epsilon: float, steps: int) -> Tensor:
    """Return what plain PGD finds."""
    now = (x + epsilon * (2 * torch.rand_like(x) - 1)).clamp(0, 1)
    for _ in range(steps):
        now.requires_grad_(True)
        (gradient,) = torch.autograd.grad(F.cross_entropy(net(now), y, reduction="sum"), now)
        ahead = now.detach() + 2.5 * epsilon / steps * gradient.sign()
        now = torch.minimum(torch.maximum(ahead, x - epsilon), x + epsilon).clamp(0, 1)
    return now.detach()


def main(folder: Path) -> None:
    """Train and write all three."""
    x, y = digits()
    plain = train(epsilon=0.0, epochs=20)
    robust = train(epsilon=0.15, epochs=60)
    masking = {k: v.clone() for k, v in plain.state_dict().items()}
    for name in ("7.weight", "7.bias"):
        masking[name] *= 1000
    for name, state in (("plain", plain.state_dict()), ("robust", robust.state_dict()), ("masking", masking)):
        save_file({k: v.contiguous() for k, v in state.items()}, folder / f"{name}.safetensors")
    for name, net in (("plain", plain), ("robust", robust)):
        with torch.no_grad():
            clean = (net(x[TRAIN:]).argmax(1) == y[TRAIN:]).float().mean().item()
        for epsilon in (0.1, 0.15):
            found = attacked(net, x[TRAIN:], y[TRAIN:], epsilon, 40)
            with torch.no_grad():
                left = (net(found).argmax(1) == y[TRAIN:]).float().mean().item()
            print(f"{name}: clean {clean:.3f}, PGD-40 at {epsilon}: {left:.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
