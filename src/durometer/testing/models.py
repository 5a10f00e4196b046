"""The contract of a model."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from durometer.core import Model, ModelCard, Output
from durometer.core.oracle import first_rows
from durometer.testing.require import require, same, unmoved
from durometer.testing.scenes import toy_batch


def check_model(model: Model, *, canvas: Tensor | None = None) -> None:
    """Check that a model keeps its contract.

    Its card is filled in; its view is finite and in the card's range, and what it keeps lies on the canvas;
    a classifier's outputs are (B, K), one a label, floating point; any model's are the same when asked again;
    at one batch shape a row does not depend on its neighbors; probabilities are some; gradients of a tensor,
    where the card offers them, reach the canvas; inputs stay as they are.

    Args:
        model: The model.
        canvas: (B, C, H, W) in [0, 1] with B at least 2; toy pictures of 48 x 64 if not given.

    Raises:
        AssertionError: the rule that was broken, in words.
    """
    of = f"model {getattr(getattr(model, 'card', None), 'name', type(model).__name__)!r}"
    require(isinstance(getattr(model, "card", None), ModelCard), "it needs a ModelCard as `card`", of=of)
    require(bool(model.card.name and model.card.digest), "the card needs a name and a digest", of=of)
    canvas = toy_batch(4).x if canvas is None else canvas
    with unmoved({"the canvas": canvas}, of=of), torch.no_grad():
        view = model.view(canvas)
        _check_view(model, canvas, view, of)
    with unmoved({"its input": view}, of=of), torch.no_grad():
        output = model(view)
    with torch.no_grad():
        if model.card.task == "classification":
            _check_output(model, view, output, of)
        _check_rows(model, view, output, of)
    if "grad" in model.card.traits and isinstance(output, Tensor):
        _check_gradient(model, canvas, of)


def _check_view(model: Model, canvas: Tensor, view: Tensor, of: str) -> None:
    require(len(view) == len(canvas), "view must keep the number of samples", of=of)
    low, high = model.card.low, model.card.high
    room = 1e-5 * (high - low)
    require(
        bool(((view >= low - room) & (view <= high + room)).all()),
        f"view must be in [{low:g}, {high:g}]",
        of=of,
    )
    height, width = canvas.shape[-2:]
    top, left, bottom, right = model.visible(height, width)
    require(
        0 <= top < bottom <= height and 0 <= left < right <= width,
        f"visible = {(top, left, bottom, right)} is no part of a canvas of {height} x {width}", of=of,
    )  # fmt: skip


def _check_output(model: Model, view: Tensor, output: Tensor, of: str) -> None:
    labels = len(model.card.labels)
    require(
        output.ndim == 2 and len(output) == len(view),
        f"outputs must be (B, K), not {tuple(output.shape)}",
        of=of,
    )
    require(output.is_floating_point(), f"outputs must be floating point, not {output.dtype}", of=of)
    if labels:
        require(output.shape[1] == labels, f"{output.shape[1]} outputs for {labels} labels", of=of)
    if model.card.output == "probabilities":
        fair = (output >= 0).all() & ((output.sum(dim=1) - 1).abs() <= 1e-3).all()
        require(bool(fair), "the card says probabilities, but rows don't sum to 1", of=of)


def _check_rows(model: Model, view: Tensor, output: Output, of: str) -> None:
    again = _parts(first_rows(model(view), len(view), where=of))
    wanted = _parts(output)
    alike = again.keys() == wanted.keys() and all(same(again[name], wanted[name]) for name in wanted)
    require(alike, "asked again it answers differently: is it in evaluation mode?", of=of)
    mixed = view.flip(0)
    mixed[0] = view[0]
    others = _parts(first_rows(model(mixed), 1, where=of))
    # a detector's answers may be padded to another number
    alone = all(_same_but_padding(others[name][0], wanted[name][0]) for name in wanted)
    require(alone, "a row's answer depends on its neighbors in the batch", of=of)


def _parts(output: Output) -> dict[str, Tensor]:
    return dict(output) if isinstance(output, Mapping) else {"": output}


def _same_but_padding(one: Tensor, other: Tensor) -> bool:
    n = min(len(one), len(other))
    return same(one[:n], other[:n]) and not bool(one[n:].any() | other[n:].any())


def _check_gradient(model: Model, canvas: Tensor, of: str) -> None:
    canvas = canvas.clone().requires_grad_(True)
    with torch.enable_grad():
        output = model(model.view(canvas))
    require(output.requires_grad, "the card offers gradients, but outputs carry none", of=of)
    (gradient,) = torch.autograd.grad(output.nan_to_num(0.0).sum(), canvas)
    require(gradient.shape == canvas.shape, "gradients must reach the canvas", of=of)
