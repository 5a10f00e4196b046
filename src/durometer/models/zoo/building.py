"""Architectures by name: a new one begins from a seed, a saved one from its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor, nn

from durometer.core import ModelError, Registry
from durometer.models.zoo.parts import initialize

ARCHITECTURES: Registry[nn.Module] = Registry(
    "architecture",
    {
        "cnn": "durometer.models.zoo.cnn:CNN",
        "detector": "durometer.models.zoo.detector:Detector",
        "resnet": "durometer.models.zoo.resnet:ResNet",
        "segmenter": "durometer.models.zoo.segmenter:Segmenter",
        "vit": "durometer.models.zoo.vit:ViT",
    },
)


def fresh(architecture: str, *, seed: int, **options: Any) -> nn.Module:
    """Return an untrained network whose parameters are drawn from the seed alone.

    Args:
        architecture: `cnn`, `resnet`, `vit`, `detector` or `segmenter`.
        seed: The same seed gives the same parameters.
        options: What the architecture takes: `classes`, `widths`, …

    Raises:
        UnknownNameError: if there is no such architecture.
    """
    module = hollow(architecture, options).to_empty(device="cpu")
    initialize(module, Generator().manual_seed(seed))
    return module


def filled(architecture: str, options: Mapping[str, Any], state: Mapping[str, Tensor]) -> nn.Module:
    """Return a network with these parameters, in evaluation mode; half precision is widened, exactly.

    Raises:
        ModelError: if the parameters are another network's.
    """
    module = hollow(architecture, options)
    wide = {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
    try:
        module.load_state_dict(wide, assign=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise ModelError(
            f"the parameters don't fit the architecture ({reason})", where=architecture
        ) from error
    return module.eval()


def hollow(architecture: str, options: Mapping[str, Any]) -> nn.Module:
    """Return a network without memory for its parameters: nothing is drawn, globally or otherwise."""
    with torch.device("meta"):
        return ARCHITECTURES.get(architecture)(**options)
