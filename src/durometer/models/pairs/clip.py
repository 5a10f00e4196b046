"""CLIP-like models of the transformers package as a pair of encoders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from durometer.core import InputSpec, ModelCard, ModelError
from durometer.models.hub import allowed, hub_failure, optional
from durometer.models.module import module_digest
from durometer.models.pairs.pair import Pair
from durometer.models.transformers import processor_input

Tokenizer = Callable[..., Any]
TAKEN = ("input_ids", "attention_mask")
"""What is handed on of what a tokenizer returns."""


class ClipEncoders:
    """The two towers of a CLIP-like model: it has `get_image_features` and `get_text_features`.

    Every text is padded to the model's full length, so that its features don't depend on its neighbors';
    longer ones are cut there.

    Args:
        module: The model; it is put into evaluation mode and frozen.
        tokenizer: Turns texts into `input_ids` and `attention_mask`, as those of transformers do.
    """

    def __init__(self, module: nn.Module, tokenizer: Tokenizer) -> None:
        self.module: Any = module.eval().requires_grad_(False)
        self.tokenizer = tokenizer
        config: Any = self.module.config
        text = getattr(config, "text_config", config)
        self.length = int(text.max_position_embeddings)

    def image_features(self, x: Tensor, /) -> Tensor:
        """Return (B, D) for pictures (B, 3, h, w), normalized as the card says."""
        return features(self.module.get_image_features(pixel_values=x.to(self.module.dtype)))

    def text_features(self, texts: list[str], /) -> Tensor:
        """Return (T, D)."""
        tokens = self.tokenizer(
            texts, padding="max_length", truncation=True, max_length=self.length, return_tensors="pt"
        )
        wanted = {k: v.to(self.module.device) for k, v in tokens.items() if k in TAKEN}
        return features(self.module.get_text_features(**wanted))


def features(answer: Any) -> Tensor:
    """Return the features in what a tower answered: a tensor, or since transformers 5 an object with them."""
    found = answer if isinstance(answer, Tensor) else getattr(answer, "pooler_output", None)
    if not isinstance(found, Tensor):
        raise ModelError(f"a tower answered with {type(answer).__name__}, in which no features were found")
    return found


def from_clip(
    module: nn.Module,
    tokenizer: Tokenizer,
    processor: Any = None,
    *,
    name: str = "",
    batch_size: int = 32,
    device: torch.device | str = "cpu",
) -> Pair:
    """Return a CLIP-like model that is in memory as a pair.

    Args:
        module: With `get_image_features`, `get_text_features`, `config` and, for the scale, `logit_scale`.
        tokenizer: Its tokenizer.
        processor: Its image processor, that one's configuration as a mapping, or None.
        name: For tables.
        batch_size: Of both towers.
        device: Where both towers compute.
    """
    said, guesses = processor_input(processor)
    if said.get("size") is None:
        config: Any = module.config
        vision = getattr(config, "vision_config", config)
        said["size"] = (int(vision.image_size), int(vision.image_size))
    card = ModelCard(
        name or type(module).__name__, module_digest(module), task="retrieval",
        input=InputSpec(**said), guesses=guesses,
    )  # fmt: skip
    scale = float(torch.as_tensor(getattr(module, "logit_scale", 0.0)).detach().exp())
    return Pair(
        ClipEncoders(module.to(device), tokenizer), card, scale=scale, batch_size=batch_size, device=device
    )


def load_clip(what: str, *, download: bool = False, device: str = "cpu", batch_size: int = 32) -> Pair:
    """Return a CLIP-like model from a folder or the local cache of transformers.

    Args:
        what: A folder, or a name such as `openai/clip-vit-base-patch32`.
        download: Whether it may be fetched.
        device: Where both towers compute.
        batch_size: Of both towers.

    Raises:
        MissingExtraError: without the package transformers.
        ModelError: if it is not there or can't be loaded.
    """
    transformers = optional("transformers", extra="text", needed_for="a CLIP-like model")
    mixin = transformers.image_processing_base.ImageProcessingMixin
    with allowed(download=download):
        try:
            module = transformers.AutoModel.from_pretrained(what, local_files_only=not download)
            tokenizer = transformers.AutoTokenizer.from_pretrained(what, local_files_only=not download)
        except Exception as error:  # caches, hubs and configurations fail in many ways
            raise hub_failure(error, what, download=download) from error
        try:
            processor, _ = mixin.get_image_processor_dict(what, local_files_only=not download)
        except OSError:
            processor = {}
    return from_clip(
        module,
        tokenizer,
        processor,
        name=what.rstrip("/").rpartition("/")[2],
        batch_size=batch_size,
        device=device,
    )
