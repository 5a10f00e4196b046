"""Diffusion models of the user's own: a folder as diffusers writes it, read without any network."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import MissingExtraError, ModelError


@dataclass(frozen=True)
class Denoiser:
    """A network that sees a noisy picture and says what it shows.

    Attributes:
        channels: Of the pictures it knows.
        multiple: Sides must be multiples of this.
        alphas: (T,) float64: the share of the picture's variance that is left at each time, falling.
        guess: (noisy (1, C, H, W), time) -> the clean picture it sees there, in [-1, 1] or nearly so.
    """

    channels: int
    multiple: int
    alphas: Tensor
    guess: Callable[[Tensor, int], Tensor]


@cache
def load_denoiser(folder: str, device: str = "cpu") -> Denoiser:
    """Return the unconditional model in a folder with `unet` and `scheduler`, or with the files of both.

    Raises:
        ModelError: if there is no such folder, or no `UNet2DModel` and scheduler in it.
        MissingExtraError: without diffusers.
    """
    if not Path(folder).is_dir():
        fix = "Give a folder that diffusers wrote, such as pipeline.save_pretrained(FOLDER)"
        raise ModelError("there is no such folder", where=folder or "diffusion model", fix=fix)
    try:
        from diffusers import DDPMScheduler, UNet2DModel
    except ImportError as error:
        raise MissingExtraError("diffusers", extra="diffusion", needed_for="a diffusion model") from error
    try:
        unet = UNet2DModel.from_pretrained(
            _part(folder, "unet"), local_files_only=True, low_cpu_mem_usage=False
        )
        scheduler = DDPMScheduler.from_pretrained(_part(folder, "scheduler"), local_files_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:300].rstrip(".")
        fix = "It must hold a UNet2DModel in unet/ and a scheduler in scheduler/"
        raise ModelError(f"no diffusion model could be read ({reason})", where=folder, fix=fix) from error
    return _denoiser(unet.eval().requires_grad_(False).to(device), scheduler)


def _part(folder: str, name: str) -> str:
    inner = Path(folder) / name
    return str(inner if inner.is_dir() else folder)


def _denoiser(unet: Any, scheduler: Any) -> Denoiser:
    alphas, kind = scheduler.alphas_cumprod.double(), scheduler.config.prediction_type

    def guess(noisy: Tensor, time: int) -> Tensor:
        said: Tensor = unet(noisy, torch.tensor([time], device=noisy.device)).sample
        kept, lost = math.sqrt(float(alphas[time])), math.sqrt(1 - float(alphas[time]))
        if kind == "sample":
            return said
        if kind == "v_prediction":
            return kept * noisy - lost * said
        return (noisy - lost * said) / kept

    halvings = len(unet.config.block_out_channels) - 1
    return Denoiser(unet.config.in_channels, 2**halvings, alphas, guess)


def continued(x: Tensor, multiple: int) -> Tensor:
    """Return pictures continued by their mirror image, right and down, to sides that a model can halve."""
    down, across = -x.shape[-2] % multiple, -x.shape[-1] % multiple
    return F.pad(x, (0, across, 0, down), mode="reflect") if down or across else x
