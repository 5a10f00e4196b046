"""Sequences: how often the answer changes from frame to frame, and where along the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from durometer.core import Estimate
from durometer.explain.analyses import Analysis
from durometer.explain.findings import Effect
from durometer.explain.published import rows_of
from durometer.explain.sequence_sets import SequenceSet, against, sequence_sets, tops_of, whole
from durometer.explain.study import Readable, Study
from durometer.explain.wording import span
from durometer.measures import MEASURES
from durometer.measures.flip_rate import flipped
from durometer.measures.frames import framed

Shares = tuple[float, ...]


@dataclass(frozen=True)
class FlipsAlong:
    """One sequence and one model, over the samples that all of its frames could edit.

    Attributes:
        condition: Spec key.
        profile: Whose constants: `imagenet-p`.
        name: What changes along it: `rotate`.
        against: `previous`, or `first` where frames are independent draws of noise.
        flips: Share of frames, after the first, whose answer is not that of the frame they are compared with.
        by_frame: The same share for each frame after the first.
        t5d: Top-5 distance in places; None with fewer than five classes.
    """

    model: str
    condition: str
    profile: str
    name: str
    frames: int
    against: str
    flips: Estimate
    by_frame: Shares
    t5d: Estimate | None


class Sequences(Analysis):
    """All sequences of a record, the most restless first."""

    name: ClassVar[str] = "sequences"

    def __call__(
        self, study: Study, effects: Sequence[Effect], record: Readable, /
    ) -> tuple[FlipsAlong, ...]:
        found = [
            one for held in sequence_sets(study) for model in study.models
            for one in _along(study, record, model, held)
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda x: (-x.flips.value, x.model, x.condition)))

    def say(self, found: tuple[FlipsAlong, ...], /) -> tuple[str, ...]:
        """Speak of the sequence along which answers change most."""
        top = found[0]
        name = top.name.replace("-", " ")
        than = "the first" if top.against == "first" else "the one before"
        share = f"{100 * top.flips.value:.1f} % of frames ({span(top.flips)}, n = {top.flips.n:,})"
        return (f"Along sequences, “{name}” is the most restless: {share} get another answer than {than}.",)


def _along(study: Study, record: Readable, model: str, held: SequenceSet) -> Iterator[FlipsAlong]:
    for name, key in held.keys.items():
        many = held.length(name)
        if whole(study, model, key, many):
            frames, rows = [key] * many, rows_of(study, model, (key,))
            params = {"frames": frames, "against": against(name), "level": study.level}
            (answers,) = framed(rows, [frames], "answer")
            by_frame = flipped(answers, first=against(name) == "first").mean(0)
            yield FlipsAlong(
                model, key, held.profile, name, many, against(name), MEASURES.make("flip rate", params)(rows),
                tuple(by_frame.tolist()), _t5d(study, record, model, held, name),
            )  # fmt: skip


def _t5d(study: Study, record: Readable, model: str, held: SequenceSet, name: str) -> Estimate | None:
    rows = tops_of(record, model, (held.keys[name],))
    if rows is None:
        return None
    found = MEASURES.make("T5D", {**held.asked((name,)), "level": study.level})(rows)
    return found if found.n else None
