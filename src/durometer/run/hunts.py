"""Driving searches: those of all samples and models side by side, so that questions fill the batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from durometer.attack.searches.base import Answer, Asking, Candidate, Found
from durometer.core import Target
from durometer.run.asking import Slot, Window
from durometer.run.candidates import Maker


@dataclass
class Hunt:
    """The search for one sample and one model while it goes on.

    Attributes:
        subject: Which model.
        sample: Which sample of the batch.
        asked, answers: What was asked so far, and what was answered.
        waiting: What is to be asked now.
        found: What the search returned; None while it goes on.
    """

    subject: int
    sample: int
    asking: Asking
    asked: list[Candidate] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    waiting: Sequence[Candidate] = ()
    found: Found | None = None

    def begin(self) -> None:
        """Take the first questions."""
        try:
            self.waiting = next(self.asking)
        except StopIteration as end:
            self.found = end.value

    def go_on(self, answers: Sequence[Answer]) -> None:
        """Tell the search the answers to what it waits for, and take its next questions or its end."""
        self.asked += self.waiting
        self.answers += answers
        try:
            self.waiting = self.asking.send(answers)
        except StopIteration as end:
            self.found, self.waiting = end.value, ()

    @property
    def at(self) -> int | None:
        """Which of the candidates was found; None while the search goes on or if it found none."""
        return None if self.found is None else self.found.at

    @property
    def broken(self) -> bool:
        """Whether the candidate that was found is answered wrongly."""
        return self.at is not None and self.answers[self.at].wrong


Known = dict[tuple[object, ...], Answer]
"""Answers of a batch: what was asked once is not asked again by another search or another null."""


def drive(
    hunts: Iterable[Hunt], maker: Maker, windows: Sequence[Window], targets: Sequence[Target], known: Known
) -> list[Hunt]:
    """Ask, round by round, until every search has ended; each candidate is made once for all who want it.

    Args:
        hunts: The searches.
        maker: Makes candidates.
        windows: One a model.
        targets: One a sample.
        known: What earlier searches of this batch were told; grows.
    """
    listed = list(hunts)
    for hunt in listed:
        hunt.begin()
    while live := [h for h in listed if h.found is None]:
        keys = [[_key(h, c, maker) for c in h.waiting] for h in live]
        told = [[known.get(key) for key in row] for row in keys]
        for group in _groups(live, told):
            _ask(group, maker, windows, targets)
        for window in windows:
            window.flush()
        for hunt, row, answers in zip(live, keys, told, strict=True):
            given = [a for a in answers if a is not None]
            known.update(zip(row, given, strict=True))
            hunt.go_on(given)
    return listed


def _key(hunt: Hunt, candidate: Candidate, maker: Maker) -> tuple[object, ...]:
    bank = None if candidate.donor is None else maker.donors
    return hunt.subject, hunt.sample, candidate.what, bank, maker.draw + candidate.draw


@dataclass
class _Group:
    """One candidate, and by sample which models want to be asked and where the answers go."""

    candidate: Candidate
    wanted: dict[int, list[tuple[int, Slot]]] = field(default_factory=dict)


def _groups(live: Sequence[Hunt], told: Sequence[list[Answer | None]]) -> list[_Group]:
    groups: dict[tuple[str, int | None, int], _Group] = {}
    for hunt, answers in zip(live, told, strict=True):
        for place, candidate in enumerate(hunt.waiting):
            if answers[place] is not None:
                continue
            key = (candidate.what, candidate.donor, candidate.draw)
            group = groups.setdefault(key, _Group(candidate))
            group.wanted.setdefault(hunt.sample, []).append((hunt.subject, (answers, place)))
    return list(groups.values())


def _ask(group: _Group, maker: Maker, windows: Sequence[Window], targets: Sequence[Target]) -> None:
    samples = list(group.wanted)
    pictures, refused = maker.pictures(group.candidate, samples)
    for j, why in refused.items():
        for _, (answers, place) in group.wanted[samples[j]]:
            answers[place] = Answer(-1, float("nan"), 0.0, refused=why)
    for subject, window in enumerate(windows):
        wants = [
            (j, slot)
            for j, i in enumerate(samples)
            if j not in refused
            for number, slot in group.wanted[i]
            if number == subject
        ]
        if wants:
            at = [j for j, _ in wants]
            shown = pictures if at == list(range(len(pictures))) else pictures[at]
            window.put(shown, [targets[samples[j]] for j in at], [slot for _, slot in wants])
