"""The same object before a background that a diffusion model drew, busier or plainer by guidance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Stressor
from durometer.models.diffusion import Denoiser, continued, load_denoiser
from durometer.ops.composite import cut, over
from durometer.ops.spectrum import background_complexity, complexity
from durometer.stress.attributes.background_complexity import complexity_facts
from durometer.stress.attributes.editing import Subject, hand_back

RANGE_PENALTY = 50.0
"""The published weight of leaving [-1, 1]."""


@dataclass(frozen=True)
class DiffusionBackground(Stressor):
    """Let a diffusion model draw the background anew, guided to be busier or plainer (Li et al., 2023).

    The filled background is noised part of the way and denoised again. At each step the gradient of
    strength · C(x0) − 50 · mean((x0 − clamp(x0, −1, 1))²) moves the mean, as in classifier guidance, where x0
    is what the model sees and C the published complexity; then the object, noised alike, is pasted back. At
    the end the object's own pixels are. The model is the user's: a folder that diffusers wrote. It works at
    the canvas's size, so it should have been trained at that size.
    """

    model: Annotated[str, Param("a folder with an unconditional UNet2DModel and its scheduler (diffusers)")]
    strength: Annotated[
        float,
        Param("lambda: above 0 busier, below 0 plainer, 0 drawn without guidance", low=-1000, high=1000),
    ] = 20.0
    steps: Annotated[int, Param("denoising steps over all of the noise", low=1, high=1000)] = 50
    start: Annotated[
        float, Param("how far the background is noised, as a share of all steps", low=0, high=1)
    ] = 0.5

    name: ClassVar[str] = "diffusion-background"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "null-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "li2023"

    @property
    def dial(self) -> Dial:
        return Dial("diffusion guidance", self.strength, "lambda")

    @property
    def title(self) -> str:
        return f"background, diffusion λ = {self.strength:g}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        denoiser = load_denoiser(self.model, str(batch.x.device))
        if denoiser.channels != batch.x.shape[1]:
            why = (
                f"the diffusion model draws {denoiser.channels} channels, the picture has {batch.x.shape[1]}"
            )
            subject.refused |= dict.fromkeys(subject.usable, why)
        background = batch.aux["filled"].clone()
        for i in subject.usable:  # one by one: a network's last bits depend on its batch
            scene = (background[i : i + 1], batch.x[i : i + 1], subject.mask[i : i + 1])
            background[i] = self.drawn(denoiser, *scene, dice.select([i]))[0]
        color, alpha = cut(batch.x, subject.mask)
        x = over(background, color, alpha)
        own = background_complexity(batch.x, subject.mask).tolist()
        facts = complexity_facts(batch, x, own)
        return hand_back(batch, subject, x=x, background=background, facts=facts)

    def drawn(self, denoiser: Denoiser, filled: Tensor, x: Tensor, mask: Tensor, dice: Dice) -> Tensor:
        """Return one background (1, C, H, W) in [0, 1] drawn anew behind an object.

        Args:
            denoiser: The model.
            filled: (1, C, H, W) the background without the object.
            x: (1, C, H, W) the picture with it.
            mask: (1, 1, H, W).
            dice: Of this sample.
        """
        height, width = x.shape[-2:]
        wide = [continued(t, denoiser.multiple) for t in (2 * filled - 1, 2 * x - 1, mask)]
        left = self._schedule(denoiser)
        now = _noised(wide[0], left[0][1], dice, "start") if left else wide[0]
        for turn, (time, alpha, before) in enumerate(left):
            now = self._step(denoiser, now, time, alpha, before, dice.normal(f"step {turn}", now.shape[1:]))
            if before < 1:
                now = torch.where(wide[2] > 0, _noised(wide[1], before, dice, f"object {turn}"), now)
        return ((now[..., :height, :width] + 1) / 2).clamp(0, 1)

    def _schedule(self, denoiser: Denoiser) -> list[tuple[int, float, float]]:
        """Return (time, what is left of the picture, and after the step) from the start down to no noise."""
        n = len(denoiser.alphas)
        times = [round((k + 1) * n / self.steps) - 1 for k in range(min(self.steps, n))]
        used = times[: round(self.start * len(times))]
        left = [1.0, *(float(denoiser.alphas[t]) for t in used)]
        return [(t, left[k + 1], left[k]) for k, t in reversed(list(enumerate(used)))]

    def _step(
        self, denoiser: Denoiser, now: Tensor, time: int, alpha: float, before: float, noise: Tensor
    ) -> Tensor:
        """One step of DDPM between any two levels of noise, its mean moved along the guidance."""
        shown, ahead = self._guided(denoiser, now, time)
        beta, lost = 1 - alpha / before, (1 - before) / (1 - alpha)
        mean = math.sqrt(before) * beta / (1 - alpha) * shown.clamp(-1, 1) + math.sqrt(1 - beta) * lost * now
        return mean + beta * lost * ahead + math.sqrt(beta * lost) * noise.to(now)

    def _guided(self, denoiser: Denoiser, now: Tensor, time: int) -> tuple[Tensor, Tensor]:
        """Return what the model sees, and the gradient of the guidance at the noisy picture."""
        if self.strength == 0:
            with torch.no_grad():
                return denoiser.guess(now, time), torch.zeros_like(now)
        with torch.enable_grad():
            noisy = now.detach().requires_grad_(True)
            shown = denoiser.guess(noisy, time)
            outside = (shown - shown.clamp(-1, 1)).square().mean()
            aim = self.strength * complexity((shown + 1) / 2).sum() - RANGE_PENALTY * outside
            (ahead,) = torch.autograd.grad(aim, noisy)
        return shown.detach(), ahead


def _noised(x: Tensor, left: float, dice: Dice, purpose: str) -> Tensor:
    return math.sqrt(left) * x + math.sqrt(1 - left) * dice.normal(purpose, x.shape[1:]).to(x)
