"""Any `nn.Module` as a model."""

from __future__ import annotations

import copy as copying
import hashlib
from dataclasses import replace
from typing import Any, Self

import torch
from torch import Tensor, nn

from durometer.core import ModelCard, ModelError, Trait
from durometer.models.adapter import Adapter, as_device


class ModuleModel(Adapter):
    """A PyTorch module: gradients and, unless its card says probabilities, logits.

    The module is copied, so that a run sees its parameters as they were: the caller's own keeps its training
    mode, its parameters' `requires_grad` and its device, and training it on changes nothing here.

    Args:
        module: Takes (B, C, h, w), returns (B, K), a tuple that starts with it, or an object with `.logits`.
        card: What is known of it; an empty digest and empty traits are filled in.
        device: Where to compute.
        copy: False hands the module over instead: it is put into evaluation mode, frozen and moved.

    Raises:
        ModelError: if the module can't be copied.
    """

    def __init__(
        self, module: nn.Module, card: ModelCard, *, device: torch.device | str = "cpu", copy: bool = True
    ) -> None:
        traits: frozenset[Trait] = frozenset(
            {"grad"} if card.output == "probabilities" else {"grad", "logits"}
        )
        digest = card.digest or module_digest(module)
        super().__init__(replace(card, digest=digest, traits=card.traits or traits), device=device)
        own = _copied(module, card.name) if copy else module
        for parameter in own.parameters():  # one by one: a scripted module can't do it as a whole
            parameter.requires_grad_(False)
        self.module = own.eval().to(self.device)
        self._dtype = next((p.dtype for p in own.parameters() if p.is_floating_point()), torch.float32)

    def moved(self, device: torch.device | str) -> Self:
        """Move the network to a device and return the model; its way of looking at a canvas stays its own.

        Raises:
            ModelError: if there is no such device.
        """
        self.device = as_device(device)
        self.module.to(self.device)
        return self

    def _forward(self, x: Tensor, /) -> Any:
        return self.module(x.to(self._dtype))


def module_digest(module: nn.Module) -> str:
    """Return the sha256 of a module's class and of its state: sorted names, types, shapes and bytes."""
    digest = hashlib.sha256(f"{type(module).__module__}.{type(module).__qualname__}".encode())
    for name, value in sorted(module.state_dict().items()):
        digest.update(f"\n{name} ".encode())
        digest.update(_content(value))
    return digest.hexdigest()


def _content(value: Any) -> bytes:
    if not isinstance(value, Tensor):  # a module's extra state
        return repr(value).encode()
    plain = value.detach().cpu().contiguous()
    raw = plain.view(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b""
    return f"{plain.dtype} {tuple(plain.shape)} ".encode() + raw


def _copied(module: nn.Module, name: str) -> nn.Module:
    try:
        return copying.deepcopy(module)
    except Exception as error:  # modules may hold anything
        raise ModelError(
            f"the module can't be copied ({error})",
            where=name,
            fix="Hand it over with ModuleModel(module, card, copy=False) and leave it alone during the run",
        ) from error
