"""Exported programs (.pt2), loaded only when nothing in them could run code."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import ExportedProgram

from durometer.core import Model, ModelCard, ModelError, Trait
from durometer.core.oracle import in_fixed_batches
from durometer.models.adapter import Adapter
from durometer.models.answers import scores
from durometer.models.archive import check_archive
from durometer.models.options import Known, Options, make_card, stem
from durometer.models.shapes import check_fits, image_input


class ExportedModel(Adapter):
    """An exported program: gradients and logits, at any batch size.

    A program that was exported at one batch size is asked in parts of that size, the last one padded.

    Args:
        module: The program as a module.
        card: What is known of it.
        batch: Its one batch size, or None.
        device: Where to compute.
    """

    def __init__(
        self,
        module: nn.Module,
        card: ModelCard,
        *,
        batch: int | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__(card, device=device)
        self.module, self.batch = module.requires_grad_(False).to(self.device), batch

    def _forward(self, x: Tensor, /) -> Any:
        if self.batch is None:
            return self.module(x)
        parts = in_fixed_batches(x.contiguous(), self.batch)
        return torch.cat(
            [scores(self.module(part), self.batch, where=self.card.name)[:real] for part, real in parts]
        )


def load_exported(what: str, options: Options) -> Model:
    """`.pt2`, as `torch.export.save` writes it; refused if loading it could run code, unless trusted."""
    path = Path(what)
    data = path.read_bytes()
    if not options.trust_code:
        check_archive(data, where=what)
    program = _load(data, what)
    shape = _input_shape(program, what)
    known = Known(image_input(shape))
    traits: frozenset[Trait] = frozenset({"grad", "logits"})
    card = make_card(
        stem(path), hashlib.sha256(data).hexdigest(), known=known, options=options, traits=traits
    )
    check_fits(shape, card.input, where=what)
    return ExportedModel(program.module(), card, batch=shape[0], device=options.device)


def _load(data: bytes, where: str) -> ExportedProgram:
    with _quiet():
        try:
            return torch.export.load(io.BytesIO(data))
        except Exception as error:  # torch says it in many ways
            reason = " ".join(str(error).split())[:200].rstrip(".")
            raise ModelError(
                f"the exported program can't be loaded ({reason})",
                where=where,
                fix=f"Export it again with this torch ({torch.__version__})",
            ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep torch's own warnings of a failed load off the screen: the error says it."""
    logger = logging.getLogger("torch.export")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before


def _input_shape(program: ExportedProgram, where: str) -> list[int | None]:
    """Return the shape of the one input; None where it is free."""
    wanted = program.graph_signature.user_inputs
    nodes = {n.name: n for n in program.graph.nodes if n.op == "placeholder"}
    shapes = [
        value.shape for name in wanted if isinstance(value := nodes[str(name)].meta.get("val"), torch.Tensor)
    ]
    if len(shapes) != 1 or len(shapes[0]) != 4:
        raise ModelError(
            f"takes {len(shapes)} inputs"
            if len(shapes) != 1
            else f"takes an input of shape {tuple(shapes[0])}",
            where=where,
            fix="Export a module that takes one batch of images (B, C, H, W)",
        )
    return [side if isinstance(side, int) else None for side in shapes[0]]
