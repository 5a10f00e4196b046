"""A background of another complexity, guided against the model: the published 20-adversarial, by pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.worst import Worst
from durometer.core import AsksModel, Attack, Batch, Dice, ExtensionError, Json, Param, Scalar, Threat, Trait
from durometer.ops.complexity_dial import move
from durometer.ops.fill import fill
from durometer.ops.masks import TRACE
from durometer.ops.spectrum import background_complexity, background_window


@dataclass(frozen=True)
class ComplexityAdversarial(Attack):
    """Move the background's complexity by a factor, along the gradient that raises the model's loss.

    It begins with the background moved to the factor (see `durometer.ops.waves.Waves`, `gradient`). Each
    step adds the signs of the loss's gradient to the background and moves the sum back to the factor, so that
    every point asked about has the complexity asked for, within 2 %, and the object as it was. Of these
    points the worst is kept; a sample is left alone from the moment when its score is 0.

    After Li et al. (2023), who guide a diffusion model by the same two gradients; here the pixels are the
    variables, and nothing is drawn: repetitions find the same. Needs masks, and a threat that allows any
    change of the background; a smaller epsilon cuts what was found, complexity included.
    """

    name: ClassVar[str] = "complexity-adversarial"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "li2023"
    within: ClassVar[Mapping[str, Json]] = {"name": "background", "epsilon": 1.0}

    factor: Annotated[
        float,
        Param("complexity as a multiple of the background's own; above 1 is busier", low=0.01, high=100),
    ] = 2.0
    steps: Annotated[int, Param("steps along the gradient", low=0)] = 10
    step: Annotated[float, Param("length of a step", "of the complexity aimed at", low=0)] = 0.25

    @property
    def title(self) -> str:
        """What a person reads in a table."""
        return f"background against the model, complexity × {self.factor:g}"

    def __call__(self, oracle: AsksModel, batch: Batch, threat: Threat, dice: Dice, /) -> Tensor:
        """Return (B, C, H, W) the worst input found for each sample."""
        scene = _Scene(batch, self.factor)
        every = list(range(len(batch)))
        behind = scene.settled(scene.filled, every)
        worst = Worst(scene.before(behind, every), torch.ones(len(batch), device=batch.x.device))
        for turn in range(self.steps + 1):
            alive = worst.alive() if turn else every
            if not alive:
                break
            x, targets = scene.before(behind[alive], alive), [batch.y[i] for i in alive]
            loss, gradient = oracle.gradient(x, targets)
            worst.offer(alive, x, oracle.score(x, targets), loss)
            if turn < self.steps:
                ahead = self.step * scene.target[alive] * gradient.nan_to_num(0.0, 0.0, 0.0).sign()
                behind[alive] = scene.settled((behind[alive] + ahead * scene.free[alive]).clamp(0, 1), alive)
        return worst.x

    def refuses(self, batch: Batch) -> dict[int, str]:
        """Return why backgrounds can't be moved to the factor, by position."""
        scene = _Scene(batch, self.factor)
        reasons = {i: scene.settle(scene.filled[i], i)[1] for i in range(len(batch))}
        return {i: reason for i, reason in reasons.items() if reason}

    def facts(self, batch: Batch, found: Tensor) -> dict[str, list[Scalar]]:
        """Return the complexity of each background before and after, in the model's input."""
        mask = batch.aux["mask"]
        own: list[float] = background_complexity(batch.x, mask).tolist()
        now: list[float] = background_complexity(found, mask).tolist()
        return {
            "complexity_before": [round(v, 6) for v in own],
            "complexity": [round(v, 6) for v in now],
            "complexity_factor": [round(b / a, 4) if a else None for a, b in zip(own, now, strict=True)],
        }


class _Scene:
    """The inputs of an attack taken apart: background, window, complexity aimed at."""

    def __init__(self, batch: Batch, factor: float) -> None:
        if "mask" not in batch.aux:
            raise ExtensionError(
                "the batch has no masks", where="attack 'complexity-adversarial'",
                fix="Give aux['mask'], (B, 1, H, W), and the threat background",
            )  # fmt: skip
        mask = batch.aux["mask"]
        self.x, self.free = batch.x, (mask <= TRACE).to(batch.x)
        self.filled, self.windows = fill(batch.x, mask), background_window(mask)
        self.own = background_complexity(batch.x, mask)
        self.target = (factor * self.own).reshape(-1, 1, 1, 1)

    def before(self, behind: Tensor, at: Sequence[int]) -> Tensor:
        """Return the objects of these samples before other backgrounds."""
        return torch.where(self.free[at] > 0, behind, self.x[at])

    def settled(self, behind: Tensor, at: Sequence[int]) -> Tensor:
        """Return backgrounds moved to the complexity aimed at, as near as their pixels allow."""
        return torch.stack([self.settle(b, i)[0] for b, i in zip(behind, at, strict=True)])

    def settle(self, behind: Tensor, i: int) -> tuple[Tensor, str]:
        """Return one background moved, and why it can't be used, if so."""
        own, aim = float(self.own[i]), float(self.target[i])
        return move(behind, self.windows[i], own=own, wanted=aim)
