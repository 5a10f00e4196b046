"""The contract of a threat."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.attack.lifted import Lifted
from durometer.core import Dice, Threat
from durometer.testing.require import check_declared, require, same, splits, unmoved
from durometer.testing.scenes import toy_batch
from durometer.threat import Directed
from durometer.threat.local import among, around
from durometer.threat.parametric import Parametric

ROOM = 1e-5
"""Floating point's share in a distance."""
FAR = 100.0


def check_threat(threat: Threat, *, x: Tensor | None = None) -> None:
    """Check that a threat keeps its contract, taking its set to be convex.

    The input is in its own set, projections are inside, stay where they are when projected again and are at
    least as near as any point drawn from the set; points inside are not moved; draws are inside, in the box,
    and the same for the same dice in any batch; the box is tight; a steepest step, if there is one, has size
    1 and beats every draw. Of a threat with coordinates all of this is checked of its points,
    and that the point 0 is the input, bit by bit, and a picture the same in any batch.

    Args:
        threat: An instance.
        x: (B, ...) inputs in its range; toy pictures if not given. A threat that differs from sample to
            sample must know yours already; of the toys it learns here.

    Raises:
        AssertionError: the rule that was broken, in words.
    """
    of = f"threat {getattr(threat, 'name', type(threat).__name__)!r}"
    check_declared(threat, of=of)
    require(bool(threat.describe().strip()), "describe must say something", of=of)
    if x is None:
        toys = toy_batch(4, 12, 10)
        threat, x = around(threat, toys), toys.x
    if isinstance(threat, Parametric):
        _check_pictures(threat, x, of)
        threat = Lifted(threat, tuple(x.shape[1:]))
        x = threat.packed(x)
    with unmoved({"x": x}, of=of):
        drawn = [_draw(threat, x, draw) for draw in range(4)]
        _check_members(threat, x, drawn, of)
        _check_projection(threat, x, drawn, of)
        _check_box(threat, x, drawn, of)
        _check_batches(threat, x, drawn[0], of)
        if isinstance(threat, Directed):
            _check_steepest(threat, x, drawn, of)


def _check_pictures(threat: Parametric, x: Tensor, of: str) -> None:
    """Check the pictures of points."""
    still = x.new_zeros((len(x), threat.dimensions(x.shape[1:])))
    require(same(threat.apply(x, still), x), "the point 0 must be the input itself", of=of)
    drawn = _draw(threat, x, 0)
    picture = threat.apply(x, drawn)
    require(picture.shape == x.shape and picture.dtype == x.dtype, "apply must keep shape and type", of=of)
    require(bool(picture.isfinite().all()), "apply must give finite values", of=of)
    told = threat.told(x, drawn)
    require(all(len(v) == len(x) for v in told.values()), "told must give one value a sample", of=of)
    for split in splits(len(x)):
        for index in split:
            part = threat.apply(x[list(index)], drawn[list(index)])
            require(same(part, picture[list(index)]), f"apply depends on the batch ({index})", of=of)


def _draw(threat: Threat, x: Tensor, draw: int, index: tuple[int, ...] | None = None) -> Tensor:
    ids = tuple(f"toy/{i}" for i in (index if index is not None else range(len(x))))
    return threat.sample(x, Dice(0, threat.name, 1, ids, draw))


def _wish(x: Tensor) -> Tensor:
    """Return points far out on all sides."""
    wave = torch.sin(torch.arange(x[0].numel(), dtype=x.dtype, device=x.device) * 1.7).reshape(x.shape[1:])
    return x + 3 * wave


def _check_members(threat: Threat, x: Tensor, drawn: list[Tensor], of: str) -> None:
    require(bool(threat.contains(x, x).all()), "the input itself must be in the set", of=of)
    require(bool((threat.size(x, x) == 0).all()), "size(x, x) must be 0", of=of)
    for point in drawn:
        require(point.shape == x.shape and point.dtype == x.dtype, "sample must keep shape and type", of=of)
        require(bool(threat.contains(x, point).all()), "a sampled point is outside the set", of=of)
    require(not same(drawn[0], drawn[1]), "sample must depend on the dice's draw", of=of)


def _check_projection(threat: Threat, x: Tensor, drawn: list[Tensor], of: str) -> None:
    wish = _wish(x)
    near = threat.project(x, wish)
    require(bool(threat.contains(x, near).all()), "a projected point is outside the set", of=of)
    again = threat.project(x, near)
    require(bool(((again - near).abs() <= ROOM).all()), "projecting twice moves the point again", of=of)
    for point in drawn:
        stays = threat.project(x, point)
        require(bool(((stays - point).abs() <= ROOM).all()), "projecting moves a point that is inside", of=of)
        nearer = _distance(wish, point) < _distance(wish, near) * (1 - ROOM)
        require(not bool(nearer.any()), "a sampled point is nearer than the projection", of=of)


def _distance(a: Tensor, b: Tensor) -> Tensor:
    length: Tensor = torch.linalg.vector_norm((a - b).double().flatten(1), dim=1)
    return length


def _check_box(threat: Threat, x: Tensor, drawn: list[Tensor], of: str) -> None:
    low, high = threat.box(x)
    for point in drawn:
        require(
            bool(((point >= low - ROOM) & (point <= high + ROOM)).all()),
            "a sampled point is outside the box",
            of=of,
        )
    for at in (0, x[0].numel() // 2, x[0].numel() - 1):
        for way, end in ((-FAR, low), (FAR, high)):
            wish = x.flatten(1).clone()
            wish[:, at] += way
            reached = threat.project(x, wish.reshape(x.shape)).flatten(1)[:, at]
            tight = (reached - end.flatten(1)[:, at]).abs() <= 1e-3
            require(bool(tight.all()), "the box is not tight: no point of the set reaches it", of=of)


def _check_batches(threat: Threat, x: Tensor, drawn: Tensor, of: str) -> None:
    near = threat.project(x, _wish(x))
    for split in splits(len(x)):
        for index in split:
            part, here = x[list(index)], among(threat, index)
            rule = f"what it does to a sample depends on the batch ({index})"
            require(same(_draw(here, part, 0, index), drawn[list(index)]), f"sample: {rule}", of=of)
            require(
                same(here.project(part, _wish(x)[list(index)]), near[list(index)]),
                f"project: {rule}",
                of=of,
            )


def _check_steepest(threat: Directed, x: Tensor, drawn: list[Tensor], of: str) -> None:
    gradient = _wish(x) - x
    step = threat.steepest(gradient)
    gain = (step * gradient).flatten(1).sum(dim=1)
    require(
        bool(((threat.size(x, x + step) - 1).abs() <= 1e-4).all()), "a steepest step must have size 1", of=of
    )
    require(
        not bool(threat.steepest(torch.zeros_like(x)).any()),
        "without a gradient the step must be zero",
        of=of,
    )
    for point in drawn:
        other = ((point - x) * gradient).flatten(1).sum(dim=1)
        require(
            bool((other <= threat.epsilon * gain * (1 + 1e-4) + ROOM).all()),
            "a draw beats the steepest step",
            of=of,
        )
