"""What is shown to every model: each condition applied once to a batch, hashed, with what it achieved."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from durometer.core import Bank, Batch, DataError, Dice, Movement, Scalar, Stressor, Target, stress
from durometer.core.sceptic import object_share, same_again
from durometer.data.bank import Kinship, pick
from durometer.ops.color import luma
from durometer.ops.fill import fill
from durometer.ops.geometry import CAMERA, FIELD
from durometer.run.conditions import CANVAS, FROM_MASK, ORIGINAL, Condition
from durometer.run.donors import OBJECTS
from durometer.run.load import Chunk
from durometer.stress.chain import Chain

HASH_DIGITS = 32
NO_MASK = "this sample has no mask"


@dataclass(frozen=True)
class Shown:
    """One condition and draw of a chunk, ready to be viewed by each model.

    Attributes:
        positions: Where each sample stands in the data set.
        x: (B, C, H, W) on the 8-bit grid; a tuple of tensors for the originals, whose sizes differ.
        y: B targets, as they were before the change.
        mask: The object's mask after the change, if there is one.
        kept: Indices of the samples that could be edited.
        refused: Index -> why not.
        levels: (B, C, H, W) uint8 on the CPU, for pictures; None for the originals.
        movements: Where pixels went, one a sample; None where all stayed.
    """

    condition: Condition
    draw: int
    positions: tuple[int, ...]
    x: Tensor | tuple[Tensor, ...]
    y: tuple[Target, ...]
    mask: Tensor | None
    pixels: tuple[str, ...]
    facts: Mapping[str, tuple[Scalar, ...]]
    kept: tuple[int, ...]
    refused: Mapping[int, str] = field(default_factory=dict)
    levels: Tensor | None = None
    movements: tuple[Movement, ...] | None = None


@dataclass(frozen=True)
class Bench:
    """What conditions need beside the samples: the seed, the donors and where tensors live."""

    seed: int
    banks: Mapping[str, Bank]
    device: torch.device | str = "cpu"
    premade: Callable[[int, str], Tensor] | None = None
    """Position and name of an edited version -> its pixels (C, H, W) on the canvas; None: there are none."""


def shown(chunk: Chunk, conditions: Sequence[Condition], bench: Bench, *, check: bool) -> Iterator[Shown]:
    """Yield every condition and draw of a chunk, the two references first.

    Args:
        chunk: Samples of one canvas shape.
        conditions: Without the references and without attacks.
        bench: Seed and donors.
        check: Ask each stressor twice and compare, bit by bit.
    """
    yield _original(chunk)
    batch = chunk.batch.to(bench.device)
    yield _shown(CANVAS, 0, chunk.positions, batch)
    batch = provide(batch, conditions)
    for condition in conditions:
        for draw in range(condition.draws):
            yield _condition(condition, draw, chunk, batch, bench, check=check)


def _original(chunk: Chunk) -> Shown:
    x = tuple(chunk.originals)
    every = tuple(range(len(x)))
    pixels = tuple(pixel_hash(o) for o in x)
    return Shown(ORIGINAL, 0, chunk.positions, x, chunk.targets, None, pixels, {}, every)


def _shown(condition: Condition, draw: int, positions: tuple[int, ...], batch: Batch) -> Shown:
    kept = tuple(i for i in range(len(batch)) if i not in batch.refused)
    levels = batch.x.mul(255).round_().to(torch.uint8).cpu()
    pixels = tuple(pixel_hash(levels[i]) if i not in batch.refused else "" for i in range(len(batch)))
    return Shown(
        condition, draw, positions, batch.x, batch.y, batch.aux.get("mask"), pixels, batch.facts, kept,
        batch.refused, levels, movements(batch, condition),
    )  # fmt: skip


def movements(batch: Batch, condition: Condition) -> tuple[Movement, ...] | None:
    """Return where a condition carried the pixels of each picture it returned; None if they all stayed."""
    camera, field, edited = batch.aux.get(CAMERA), batch.aux.get(FIELD), bool(condition.needs & FROM_MASK)
    untold = bool(getattr(condition.stressor, "moves", False)) and camera is None and field is None
    if camera is None and field is None and not edited and not untold:
        return None
    size, mask = (int(batch.x.shape[-2]), int(batch.x.shape[-1])), batch.aux.get("mask")
    return tuple(
        Movement(
            size,
            None if camera is None else camera[i],
            None if field is None else field[i],
            untold,
            edited,
            None if mask is None else mask[i, 0],
        )
        for i in range(len(batch))
    )


def _condition(
    condition: Condition, draw: int, chunk: Chunk, batch: Batch, bench: Bench, *, check: bool
) -> Shown:
    stressor = condition.stressor
    assert stressor is not None
    if "mask" not in batch.aux and condition.needs & {"mask", "filled"}:
        nothing = batch.but(refused=dict.fromkeys(range(len(batch)), NO_MASK), facts={})
        return _shown(condition, draw, chunk.positions, nothing)
    dice = Dice(bench.seed, stressor.name, stressor.version, batch.ids, draw, bench.device)
    facts: dict[str, tuple[Scalar, ...]] = {}
    if "donor" in condition.needs:
        own, of = _taking("donor", stressor, dice)
        batch, facts = _with_donors(batch, bench.banks[condition.donors or ""], own, chunk.contents, of)
    if "reference" in condition.needs:
        own, of = _taking("reference", stressor, dice)
        batch, named = _with_references(batch, bench.banks[OBJECTS], own, chunk.contents, of)
        facts |= named
    if "premade" in condition.needs:
        batch = _with_premade(batch, chunk.positions, getattr(stressor, "variant", ""), bench)
    result = stress(stressor, batch, dice)
    if check:
        same_again(stressor, batch, dice, result)
    return _shown(condition, draw, chunk.positions, result.but(facts={**facts, **result.facts}))


def _taking(need: str, stressor: Stressor, dice: Dice) -> tuple[Dice, Kinship]:
    """Return the dice and the wish of what takes from a bank: of a chain, the step that does."""
    taker = stressor.taker(need) if isinstance(stressor, Chain) else stressor
    return dice.named(taker.name, taker.version), getattr(taker, "of", "any")


def provide(batch: Batch, conditions: Sequence[Condition]) -> Batch:
    """Fill each background once, for all conditions that need it."""
    needed = any("filled" in c.needs for c in conditions)
    if not needed or "mask" not in batch.aux:
        return batch
    return batch.but(aux={**batch.aux, "filled": fill(batch.x, batch.aux["mask"])})


def _with_donors(
    batch: Batch, bank: Bank, dice: Dice, contents: Sequence[str], of: Kinship
) -> tuple[Batch, dict[str, tuple[Scalar, ...]]]:
    chosen, refused = _picked(batch, bank, dice, contents, of)
    height, width = batch.x.shape[-2:]
    donors = torch.stack([bank.image(i, height, width) for i in chosen]).to(batch.x.device)
    names = tuple(None if i in refused else bank.ids[donor] for i, donor in enumerate(chosen))
    return batch.but(aux={**batch.aux, "donor": donors}, refused={**batch.refused, **refused}), {
        "donor": names
    }


def _with_references(
    batch: Batch, bank: Bank, dice: Dice, contents: Sequence[str], of: Kinship
) -> tuple[Batch, dict[str, tuple[Scalar, ...]]]:
    """Return the batch with another sample's picture and its object's mask beside each."""
    given, facts = _with_donors(batch, bank, dice, contents, of)
    both = given.aux["donor"]
    shown = both[:, :3] if batch.x.shape[1] == 3 else luma(both[:, :3])
    aux = {**batch.aux, "reference": shown, "reference_mask": both[:, 3:]}
    return given.but(aux=aux), {"reference": facts["donor"]}


def _with_premade(batch: Batch, positions: Sequence[int], variant: str, bench: Bench) -> Batch:
    """Return the batch with its premade versions; where one is missing, the sample is not edited."""
    found, refused = list(batch.x), dict(batch.refused)
    for i, position in enumerate(positions):
        try:
            if bench.premade is None:
                raise DataError("the data brings no edited images")
            x = bench.premade(position, variant).to(batch.x.device)
            if x.shape != batch.x.shape[1:]:
                raise DataError("on the canvas it has another shape than its original")
            found[i] = x
        except DataError as error:
            refused[i] = error.what
    return batch.but(aux={**batch.aux, "premade": torch.stack(found)}, refused=refused)


def _picked(
    batch: Batch, bank: Bank, dice: Dice, contents: Sequence[str], of: Kinship
) -> tuple[list[int], dict[int, str]]:
    """Return each sample's donor, and why it has none where the bank holds only copies of its own."""
    try:
        return pick(bank, batch.ids, dice, contents=contents, targets=batch.y, of=of), {}
    except DataError:
        chosen, refused = [0] * len(batch), {}
    for i in range(len(batch)):
        try:
            (chosen[i],) = pick(
                bank, batch.ids[i : i + 1], dice.select([i]), contents=contents[i : i + 1],
                targets=batch.y[i : i + 1], of=of,
            )  # fmt: skip
        except DataError as error:
            refused[i] = f"{error.what}; {error.fix[:1].lower()}{error.fix[1:]}"
    return chosen, refused


def pixel_hash(levels: Tensor) -> str:
    """Return the first digits of the sha256 of an 8-bit image, its shape included."""
    digest = hashlib.sha256(str(tuple(levels.shape)).encode())
    digest.update(levels.contiguous().numpy().data)
    return digest.hexdigest()[:HASH_DIGITS]


def cut_share(mask: Tensor, visible: tuple[float, float, float, float]) -> Tensor:
    """Return (B,): the share of each object that a model's own crop leaves out; 0 for an empty mask."""
    top, left, bottom, right = (round(edge) for edge in visible)
    inside = torch.zeros_like(mask)
    inside[..., top:bottom, left:right] = mask[..., top:bottom, left:right]
    whole = object_share(mask[:, 0])
    return torch.where(whole > 0, 1 - object_share(inside[:, 0]) / whole.clamp_min(1e-12), 0.0)
