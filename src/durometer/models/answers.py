"""What a network answered, in the one form that its task wants: class scores, objects, maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import ModelError

NAMED = ("logits", "probabilities", "scores", "output", "out")
"""Where an answer of several named parts keeps its scores, tried in this order."""
OBJECTS = ("boxes", "scores", "labels", "masks")


def read(answer: Any, n: int, *, task: str, where: str) -> Any:
    """Return what a network answered to n inputs, as its task wants it; see `durometer.core.Model`.

    Raises:
        ModelError: if it is something else.
    """
    if task == "classification":
        return scores(answer, n, where=where)
    if task in ("detection", "instance-segmentation"):
        return objects(answer, n, where=where)
    found = find_tensor(answer)
    if found is None or found.ndim < 2 or len(found) != n:
        got = "no tensor" if found is None else f"shape {tuple(found.shape)}"
        raise ModelError(f"answered with {got} for {n} inputs", where=where)
    return found.float()


def scores(answer: Any, n: int, *, where: str) -> Tensor:
    """Return the class scores (n, K) float32 of whatever a network answered.

    A tensor; an object with `.logits`; a mapping with `logits`, …, or with one tensor only; the first of a
    tuple or list. Trailing axes of length 1 are dropped.

    Raises:
        ModelError: if there is no such tensor, or it is not one row of at least two scores an input.
    """
    found = find_tensor(answer)
    if found is None:
        kind = type(answer).__name__
        keys = f" with the keys {', '.join(map(str, answer))}" if isinstance(answer, Mapping) else ""
        raise ModelError(
            f"answered with {kind}{keys}, in which no class scores were found",
            where=where,
            fix="Wrap it in a module or function that returns a tensor (B, K)",
        )
    flat = found
    while flat.ndim > 2 and flat.shape[-1] == 1:
        flat = flat.squeeze(-1)
    if flat.ndim != 2 or len(flat) != n or flat.shape[1] < 2 or flat.is_complex():
        raise _wrong_shape(tuple(found.shape), n, where)
    return flat if flat.dtype == torch.float32 else flat.float()


def find_tensor(answer: Any) -> Tensor | None:
    """Return the tensor that an answer is or holds; None if it can't be told."""
    if isinstance(answer, Tensor):
        return answer
    if isinstance(getattr(answer, "logits", None), Tensor):
        return answer.logits  # type: ignore[no-any-return]
    if isinstance(answer, Mapping):
        tensors = {k: v for k, v in answer.items() if isinstance(v, Tensor)}
        named = next((tensors[k] for k in NAMED if k in tensors), None)
        return named if named is not None or len(tensors) != 1 else next(iter(tensors.values()))
    if isinstance(answer, tuple | list) and answer:
        return find_tensor(answer[0])
    return None


def objects(answer: Any, n: int, *, where: str) -> dict[str, Tensor]:
    """Return the objects that a network found in n inputs, padded to one number M with scores of 0.

    A mapping of such padded tensors; or a list of n mappings of `boxes` (m, 4), `scores` and `labels` (m,),
    and perhaps `masks` (m, h, w) or (m, 1, h, w) in [0, 1], each with its own m.

    Raises:
        ModelError: if it is neither.
    """
    if isinstance(answer, Mapping):
        held = {name: answer[name] for name in OBJECTS if isinstance(answer.get(name), Tensor)}
        if set(OBJECTS[:3]) <= set(held) and all(len(part) == n for part in held.values()):
            return {name: _plain(name, part) for name, part in held.items()}
    elif isinstance(answer, Sequence) and len(answer) == n and all(map(_holds_objects, answer)):
        return _padded(answer)
    raise ModelError(
        f"answered with {type(answer).__name__} for {n} inputs, in which no objects were found",
        where=where,
        fix="A detector returns a list of mappings with boxes, scores and labels, one an input",
    )


def _holds_objects(one: Any) -> bool:
    return isinstance(one, Mapping) and set(OBJECTS[:3]) <= set(one)


def _padded(answer: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    most = max((len(one["scores"]) for one in answer), default=0)
    names = [name for name in OBJECTS if all(name in one for one in answer)]
    return {name: torch.stack([_longer(_plain(name, one[name]), most) for one in answer]) for name in names}


def _plain(name: str, part: Tensor) -> Tensor:
    if name == "masks" and part.ndim in (4, 5) and part.shape[-3] == 1:
        part = part.squeeze(-3)
    return part.long() if name == "labels" else part.float()


def _longer(part: Tensor, n: int) -> Tensor:
    return F.pad(part, (0, 0) * (part.ndim - 1) + (0, n - len(part)))


def _wrong_shape(shape: tuple[int, ...], n: int, where: str) -> ModelError:
    fix = "A classifier returns (B, K): one score for each of K classes"
    if shape in ((n,), (n, 1)):
        fix = "One score an input is not enough: return two, such as (0, logit) or (1 - p, p)"
    return ModelError(f"answered with shape {shape} for {n} inputs", where=where, fix=fix)
