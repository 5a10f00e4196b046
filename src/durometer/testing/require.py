"""What all contract checks share: a sentence for each broken rule, and watches for hidden side effects."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import is_dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from durometer.core import canonical_json
from durometer.core.params import build, parameters, values

NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _-]*\Z")


def require(holds: bool, rule: str, *, of: str) -> None:
    """Say which rule of a contract does not hold.

    Raises:
        AssertionError: `of: rule`.
    """
    if not holds:
        raise AssertionError(f"{of}: {rule}")


def check_declared(thing: Any, *, of: str) -> None:
    """Check that an extension says what it is and can be made again from its parameters.

    A name; a docstring of its own; a frozen dataclass; a `Param` with words for each parameter; a source that
    is text; parameters that survive JSON and make an equal thing.
    """
    cls = type(thing)
    require(is_dataclass(cls), "the class must be a dataclass, so that its parameters are known", of=of)
    require(cls.__dataclass_params__.frozen, "the dataclass must be frozen: @dataclass(frozen=True)", of=of)
    require(
        bool(NAME.match(str(getattr(cls, "name", "")))),
        "name must be a class attribute such as 'my-name'",
        of=of,
    )
    doc = cls.__doc__ or ""
    require(
        bool(doc.strip()) and not doc.startswith(f"{cls.__name__}("),
        "the class needs a docstring of its own",
        of=of,
    )
    for parameter in parameters(cls):
        require(
            bool(parameter.info.doc),
            f"the parameter {parameter.name!r} needs Annotated[…, Param('…')]",
            of=of,
        )
    require(
        isinstance(getattr(cls, "source", ""), str), "source must be the key of a reference, or empty", of=of
    )
    _check_round_trip(thing, of=of)


def _check_round_trip(thing: Any, *, of: str) -> None:
    try:
        plain = json.loads(canonical_json(values(thing)))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"{of}: its parameters are not plain JSON ({error})") from error
    again = build(type(thing), plain, where=of)
    require(again == thing, "made again from its own parameters it is not equal to itself", of=of)


@contextmanager
def unmoved(watched: Mapping[str, Tensor | np.ndarray[Any, Any]], *, of: str) -> Iterator[None]:
    """Check that a block leaves arrays as they are, bit by bit, and draws nothing from global generators."""
    before = {name: _bits(value) for name, value in watched.items()}
    dice = _global_dice()
    yield
    for name, value in watched.items():
        require(_bits(value) == before[name], f"it changed {name} in place; work on a copy", of=of)
    require(
        _global_dice() == dice,
        "it draws from a global random generator; draw from the dice it is given",
        of=of,
    )


def _bits(value: Tensor | np.ndarray[Any, Any]) -> bytes:
    array = value.detach().cpu().numpy() if isinstance(value, Tensor) else value
    return repr(array.tolist()).encode() if array.dtype == object else array.tobytes()


def _global_dice() -> tuple[object, ...]:
    return random.getstate(), repr(np.random.get_state()), torch.random.get_rng_state().numpy().tobytes()


@contextmanager
def other_global_dice() -> Iterator[None]:
    """Run a block with all global generators elsewhere, and put them back."""
    state, numpy_state, torch_state = random.getstate(), np.random.get_state(), torch.random.get_rng_state()
    random.seed(987)
    np.random.seed(987)
    torch.manual_seed(987)
    try:
        yield
    finally:
        random.setstate(state)
        np.random.set_state(numpy_state)
        torch.random.set_rng_state(torch_state)


def same(a: Tensor, b: Tensor) -> bool:
    """Return whether two tensors are equal bit by bit, NaN included."""
    return (
        a.shape == b.shape
        and a.dtype == b.dtype
        and bool(torch.equal(a.nan_to_num(7e30), b.nan_to_num(7e30)))
    )


def splits(n: int) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Return other ways to ask about n samples: one by one, in threes, and backwards."""
    return (
        tuple((i,) for i in range(n)),
        tuple(tuple(range(i, min(i + 3, n))) for i in range(0, n, 3)),
        (tuple(range(n - 1, -1, -1)),),
    )
