"""A new picture with the texture of another, from noise."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.ops.gram import Texture
from durometer.ops.transport import sliced_transport

MEMORY = 8
"""Steps that L-BFGS remembers."""


def synthesize(texture: Texture, colors: Tensor, size: tuple[int, int], dice: Dice, *, steps: int) -> Tensor:
    """Return (1, C, h, w) in [0, 1] of this size whose Gram matrices are close to the texture's.

    It starts with pixels drawn independently from `colors`; L-BFGS moves them, a fixed number of steps; at
    last their colors are carried onto the distribution of `colors`. Where something stood in the original
    plays no part in any of it. Opposite edges of the result fit together.

    Args:
        texture: What to match; it must have a scale.
        colors: (N, C), the colors to start from and to end with.
        size: (h, w).
        dice: Of one sample.
        steps: Of L-BFGS.
    """
    height, width = size
    drawn = dice.integers("pixels", 0, len(colors), (height * width,))[0]
    start = colors[drawn.to(colors.device)].T.reshape(1, -1, height, width)
    found = texture.together(_descend(texture, texture.apart(start), steps))
    carried = sliced_transport(found.flatten(2)[0].T, colors, dice)
    return carried.T.reshape(found.shape).clamp(0, 1)


@torch.enable_grad()
def _descend(texture: Texture, start: Tensor, steps: int) -> Tensor:
    z = start.detach().clone().requires_grad_(True)
    solver = torch.optim.LBFGS(
        [z], max_iter=steps, history_size=MEMORY, tolerance_grad=0, tolerance_change=0,
        line_search_fn="strong_wolfe",
    )  # fmt: skip

    def ask() -> Tensor:
        solver.zero_grad()
        loss = texture.mismatch(z)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    solver.step(ask)  # type: ignore[no-untyped-call]
    return z.detach()
