"""What the architectures share, and how they begin: without the global generator."""

from __future__ import annotations

from torch import Generator, Tensor, nn


class Normalize(nn.Module):
    """From [0, 1] to [-2, 2]; constants, so that a checkpoint needs no data set's statistics."""

    def forward(self, x: Tensor) -> Tensor:
        """Return 4 (x - 1/2)."""
        return (x - 0.5) * 4.0


def conv(inside: int, outside: int, *, stride: int = 1, side: int = 3) -> nn.Conv2d:
    """Return a square convolution without a bias that keeps the size but for its stride."""
    return nn.Conv2d(inside, outside, side, stride=stride, padding=side // 2, bias=False)


def conv_block(inside: int, outside: int, *, stride: int) -> nn.Sequential:
    """Return a 3×3 convolution, batch norm and ReLU."""
    return nn.Sequential(conv(inside, outside, stride=stride), nn.BatchNorm2d(outside), nn.ReLU())


def initialize(module: nn.Module, generator: Generator) -> None:
    """Give every parameter its first value.

    Convolutions: normal, variance 2 / fan-out (He et al., 2015). Linear layers: uniform, variance
    2 / (fan-in + fan-out) (Glorot and Bengio, 2010). Places: normal, 0.02. Biases 0, norms 1 and 0.
    """
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu", generator=generator)
        elif isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight, generator=generator)
        elif isinstance(part, nn.BatchNorm2d | nn.LayerNorm):
            part.reset_parameters()  # ones and zeros
        for name, value in part.named_parameters(recurse=False):
            if name == "bias" and not isinstance(part, nn.BatchNorm2d | nn.LayerNorm):
                nn.init.zeros_(value)
            elif name == "places":
                nn.init.trunc_normal_(value, std=0.02, generator=generator)
