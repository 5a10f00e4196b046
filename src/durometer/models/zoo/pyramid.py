"""The trunk of the small dense networks: down to a sixteenth of the side, up again to a half."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from durometer.models.zoo.parts import Normalize, conv, conv_block


class Pyramid(nn.Module):
    """Four strided stages, then lateral sums upwards: a feature pyramid.

    Takes (B, 3, H, W) in [0, 1], H and W multiples of 16; returns features at a half of the side
    (B, fine, H/2, W/2) and at a quarter (B, width, H/4, W/4).

    Args:
        widths: Channels of the four stages, at 1/2, 1/4, 1/8 and 1/16 of the side.
        width: Channels of the pyramid.
        fine: Channels at half the side.
    """

    def __init__(
        self, *, widths: tuple[int, ...] = (16, 32, 64, 96), width: int = 40, fine: int = 16
    ) -> None:
        super().__init__()
        first, *rest = widths
        self.stem = nn.Sequential(Normalize(), conv_block(3, first, stride=2))
        before = (first, *rest[:-1])
        self.stages = nn.ModuleList(
            nn.Sequential(conv_block(a, b, stride=2), conv_block(b, b, stride=1))
            for a, b in zip(before, rest, strict=True)
        )
        self.laterals = nn.ModuleList(conv(b, width, side=1) for b in rest)
        self.smooth = nn.ModuleList(conv_block(width, width, stride=1) for _ in rest[:-1])
        self.across, self.down = conv(first, fine, side=1), conv(width, fine, side=1)
        self.last = conv_block(fine, fine, stride=1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return features at a half and at a quarter of the side."""
        fine = self.stem(x)
        found = [fine]
        for stage in self.stages:
            found.append(stage(found[-1]))
        top = self.laterals[-1](found[-1])
        for k in reversed(range(len(self.smooth))):
            top = self.smooth[k](self.laterals[k](found[k + 1]) + _twice(top))
        half: Tensor = self.last(self.across(fine) + _twice(self.down(top)))
        return half, top


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")
