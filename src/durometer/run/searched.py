"""The one adapter that binds a search to the models: search, null of the search, found pictures, rows."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from durometer.attack.searches.base import Candidate, Room
from durometer.core import Batch, Dice, Scalar
from durometer.core.recipe import Step, written
from durometer.data.bank import WAY_OUT, others
from durometer.run.asking import Window
from durometer.run.candidates import Maker
from durometer.run.conditions import FROM_MASK, Condition
from durometer.run.hunts import Hunt, Known, drive
from durometer.run.load import Chunk
from durometer.run.nulls import ask_nulls
from durometer.run.prepare import Prepared
from durometer.run.show import NO_MASK, Bench, Shown, pixel_hash, provide
from durometer.run.tables import Row
from durometer.stress import STRESSORS

Save = Callable[[bytes, str], str]
"""Keeps some bytes as an artifact of the record and returns their sha256."""
NO_DONOR = f"the bank holds no background but its own; {WAY_OUT[:1].lower()}{WAY_OUT[1:]}"
NO_NULL = "the search had nothing to ask, so its null has neither"


@dataclass(frozen=True)
class Result:
    """What one model's searches found in a batch, ready for its desk, and all that was asked for it."""

    subject: int
    shown: Shown
    rows: list[Row]


def searched(prepared: Prepared, chunk: Chunk, bench: Bench, save: Save) -> Iterator[Result]:
    """Yield the result of every search of a plan and of its null, for each draw and model.

    The found picture is made again by its stressor and asked again at the desk, like anything else that is
    shown. The null of a search follows it and asks as many variants as stood to choice, sample by sample.

    Args:
        prepared: The plan and what it needs.
        chunk: Samples of one canvas shape.
        bench: Seed, donors and device.
        save: Where found pictures go.
    """
    wanted = [c for c in prepared.conditions if c.search and c.role != "control"]
    if not wanted:
        return
    by_key = {c.key: c for c in prepared.conditions}
    batch = provide(chunk.batch.to(bench.device), wanted)
    size = prepared.plan.batch_size
    windows = [Window(s.name, s.model, s.task, batch_size=size) for s in prepared.subjects]
    known: Known = {}
    for condition in wanted:
        for draw in range(condition.draws):
            maker = Maker(batch, bench, condition.donors, draw)
            hunts = drive(_hunts(condition, chunk, maker, len(windows)), maker, windows, batch.y, known)
            nulls = drive(_nulls(condition, hunts, draw), maker, windows, batch.y, known)
            yield from _results(condition, prepared, chunk, maker, hunts, save)
            yield from _results(by_key[condition.control], prepared, chunk, maker, nulls, None)


def _hunts(condition: Condition, chunk: Chunk, maker: Maker, models: int) -> Iterator[Hunt]:
    """One search a sample and model; none without the mask that it needs."""
    search = condition.search
    assert search is not None
    if condition.needs & FROM_MASK and "mask" not in maker.batch.aux:
        return
    for i, (name, content) in enumerate(zip(chunk.batch.ids, chunk.contents, strict=True)):
        allowed = others(maker.bank, name, content) if search.donors else []
        donors = {j: maker.bank.ids[j] for j in allowed}
        dice = Dice(maker.bench.seed, search.name, search.version, (name,), maker.draw)
        for subject in range(models):
            yield Hunt(subject, i, search.ask(Room(STRESSORS.make, donors, dice)))


def _nulls(condition: Condition, hunts: Sequence[Hunt], draw: int) -> Iterator[Hunt]:
    """The null of each search: as many variants as stood to choice, by the controls of what was asked."""
    stop = bool(getattr(condition.search, "stop", False))
    for hunt in hunts:
        answered = zip(hunt.asked, hunt.answers, strict=True)
        controls = [candidate.stressor.control for candidate, answer in answered if not answer.refused]
        stood = hunt.found.stood if hunt.found else 0
        controls += controls[-1:] * (stood - len(controls))  # after an early stop: for those never asked
        yield Hunt(hunt.subject, hunt.sample, ask_nulls(controls, draw=draw, stop=stop))


def _results(
    condition: Condition,
    prepared: Prepared,
    chunk: Chunk,
    maker: Maker,
    hunts: Sequence[Hunt],
    save: Save | None,
) -> Iterator[Result]:
    for number, subject in enumerate(prepared.subjects):
        mine = {h.sample: h for h in hunts if h.subject == number}
        rows = [
            row for i, h in mine.items() for row in _rows(condition, subject.name, chunk, i, h, maker.draw)
        ]
        yield Result(number, _shown(condition, chunk, maker, mine, save), rows)


def _rows(condition: Condition, model: str, chunk: Chunk, i: int, hunt: Hunt, draw: int) -> Iterator[Row]:
    about = {"sample": chunk.batch.ids[i], "position": chunk.positions[i], "model": model,
             "condition": condition.key, "draw": draw}  # fmt: skip
    for number, (candidate, answer) in enumerate(zip(hunt.asked, hunt.answers, strict=True)):
        if not answer.refused:
            sure = None if math.isnan(answer.confidence) else answer.confidence
            yield {**about, "candidate": number, "value": candidate.value, "x": candidate.x, "y": candidate.y,
                   "what": candidate.what, "answer": answer.answer, "confidence": sure,
                   "score": answer.score}  # fmt: skip


def _shown(
    condition: Condition, chunk: Chunk, maker: Maker, hunts: dict[int, Hunt], save: Save | None
) -> Shown:
    """Return the found pictures as one condition that is shown to one model."""
    x, mask = maker.batch.x.clone(), maker.batch.aux.get("mask")
    mask = None if mask is None else mask.clone()
    refused = {i: _reason(condition, hunts.get(i)) for i in range(len(x)) if _at(hunts, i) is None}
    told: dict[int, dict[str, Scalar]] = {}
    for i, hunt in hunts.items():
        if hunt.at is None:
            continue
        candidate = hunt.asked[hunt.at]
        made = maker.whole(candidate, i)
        x[i] = made.x[0]
        if mask is not None and "mask" in made.aux:
            mask[i] = made.aux["mask"][0]
        told[i] = {**{k: v[0] for k, v in made.facts.items()}, **_facts(hunt), "what": candidate.what}
        if save is not None:
            told[i] |= _kept(hunt, candidate, made, maker, save)
    names = list(dict.fromkeys(name for facts in told.values() for name in facts))
    facts = {name: tuple(told.get(i, {}).get(name) for i in range(len(x))) for name in names}
    levels = x.mul(255).round_().to(torch.uint8).cpu()
    pixels = tuple("" if i in refused else pixel_hash(levels[i]) for i in range(len(x)))
    kept = tuple(i for i in range(len(x)) if i not in refused)
    return Shown(
        condition, maker.draw, chunk.positions, x, maker.batch.y, mask, pixels, facts, kept, refused, levels
    )


def _at(hunts: dict[int, Hunt], i: int) -> int | None:
    return hunts[i].at if i in hunts else None


def _facts(hunt: Hunt) -> dict[str, Scalar]:
    """Count what stood to choice and what could not be made, and take what the search says of its find."""
    assert hunt.found is not None
    refused = sum(bool(a.refused) for a in hunt.answers)
    return {"candidates": hunt.found.stood, "not_made": refused, **hunt.found.facts}


def _kept(hunt: Hunt, candidate: Candidate, made: Batch, maker: Maker, save: Save) -> dict[str, Scalar]:
    """Save the picture that breaks the model, and say how to make it again with `durometer edit`."""
    donor = maker.donor(candidate)
    if not hunt.broken:
        return {} if donor is not None else {"recipe": candidate.what}
    facts: dict[str, Scalar] = {"found": save(png(made.x[0]), ".png"), "recipe": candidate.what}
    if donor is not None:
        sha = save(png(donor), ".png")
        facts["recipe"] = written(Step("given-background", named={"file": f"artifacts/{sha[:2]}/{sha}.png"}))
    return facts


def _reason(condition: Condition, hunt: Hunt | None) -> str:
    """Say why a sample has no result: the commonest reason among its candidates."""
    if hunt is None:
        return NO_MASK
    reasons = Counter(a.refused for a in hunt.answers)
    if reasons:
        why, _ = reasons.most_common(1)[0]
        return (
            why if len(reasons) == 1 else f"none of {len(hunt.asked)} candidates could be made; mostly: {why}"
        )
    return NO_NULL if condition.role == "control" else NO_DONOR


def png(x: Tensor) -> bytes:
    """Return (C, H, W) in [0, 1] as a PNG of the nearest gray levels."""
    from PIL import Image

    levels = x.mul(255).round().to(torch.uint8).cpu().permute(1, 2, 0).squeeze(-1).contiguous()
    buffer = io.BytesIO()
    Image.fromarray(levels.numpy()).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
