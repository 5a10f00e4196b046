"""One pair and its task: every caption is asked about under a condition and becomes a row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from durometer.core import Dice, Task, canonical_json
from durometer.models.pairs import Pair
from durometer.run.answers import Tables, text_hash
from durometer.run.captioned import Gallery
from durometer.run.conditions import Condition
from durometer.run.tables import Row
from durometer.stress.text import AttributeInsertion, Caption, Worded
from durometer.stress.text.language import LanguageModel
from durometer.stress.text.score import Related
from durometer.tasks.matching import ANSWERS

DECIMALS = 6
"""Cosines that agree so far are equal: float32 does not tell more."""
TEXTS = 256
"""Texts whose similarities to the whole gallery are held in memory at once."""
KEYS = ("sample", "position", "model", "condition", "draw")
NOT_EDITED = {
    "answer": -1, "confidence": None, "score": 0.0, "status": "not-edited", "pixels": "", "facts": "{}",
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """What all rows of a run share."""

    gallery: Gallery
    language: LanguageModel | None
    related: Related
    seed: int


@dataclass(frozen=True)
class Question:
    """A caption waiting for its answer: its row, its words, the target, the picture (−1: all of them)."""

    row: Row
    worded: Worded
    target: int
    picture: int


class Judge:
    """One pair and its task: asks about every caption under a condition and writes rows."""

    def __init__(self, pair: Pair, task: Task, setting: Setting, kept: Sequence[int]) -> None:
        self.pair, self.task, self.setting, self.kept = pair, task, setting, tuple(kept)
        self.features = setting.gallery.features[pair.card.name]

    @property
    def labels(self) -> tuple[str, ...]:
        """What its answers are called."""
        raise NotImplementedError

    def cases(self, position: int) -> Sequence[tuple[int, int]]:
        """Return (target, picture; −1: the whole gallery) of each question about a caption."""
        raise NotImplementedError

    def output(self, texts: Tensor, pictures: Sequence[int]) -> Tensor:
        """Return the task's outputs of (B, D) texts."""
        raise NotImplementedError

    def judge(self, condition: Condition, insertion: AttributeInsertion | None, tables: Tables) -> None:
        """Add the rows of a condition."""
        captions = [self.setting.gallery.captions[i] for i in self.kept]
        asked: list[Question] = []
        for k, worded in enumerate(self._worded(captions, insertion)):
            for draw, (target, picture) in enumerate(self.cases(self.kept[k])):
                row = self._row(condition, self.kept[k], draw, target)
                if worded.refused:
                    tables.rows.append({**row, **NOT_EDITED, "reason": worded.refused})
                else:
                    asked.append(Question(row, worded, target, picture))
        for start in range(0, len(asked), TEXTS):
            self._ask(asked[start : start + TEXTS], tables)

    def _worded(self, captions: Sequence[Caption], insertion: AttributeInsertion | None) -> Sequence[Worded]:
        if insertion is None:
            return [Worded(c.text) for c in captions]
        ids = tuple(c.id for c in captions)
        dice = Dice(self.setting.seed, insertion.name, insertion.version, ids)
        return insertion(
            captions, dice, language=self.setting.language, similarity=self._similarity,
            related=self.setting.related,
        )  # fmt: skip

    def _similarity(self, which: Sequence[int], texts: Sequence[str]) -> list[float]:
        own = self.features[[self.kept[i] for i in which]]
        found: list[float] = (self.pair.texts(texts).double() * own.double()).sum(dim=1).tolist()
        return found

    def _ask(self, part: Sequence[Question], tables: Tables) -> None:
        texts = self.pair.texts([q.worded.text for q in part])
        output = self.output(texts, [q.picture for q in part])
        score = self.task.score(output, [frozenset({q.target}) for q in part]).tolist()
        decoded = {k: v.tolist() for k, v in self.task.decode(output).items()}
        for i, q in enumerate(part):
            answer, sure = decoded["answer"][i], math.isfinite(decoded["confidence"][i])
            row = {
                **q.row, "answer": answer, "confidence": decoded["confidence"][i] if sure else None,
                "score": score[i], "status": "nan-output" if answer < 0 else "ok", "reason": "",
                "pixels": text_hash(q.worded.text),
                "facts": canonical_json({**q.worded.facts, "text": q.worded.text}),
            }  # fmt: skip
            tables.rows.append(row)
            top = {k: decoded[k][i] if sure else [] for k in ("top", "top_confidence")}
            tables.outputs.append({**{k: row[k] for k in KEYS}, **top})

    def _row(self, condition: Condition, position: int, draw: int, target: int) -> Row:
        dial = condition.dial
        return {
            "sample": self.setting.gallery.captions[position].id, "position": position,
            "model": self.pair.card.name, "condition": condition.key, "axis": dial.axis,
            "severity": dial.severity, "unit": dial.unit, "draw": draw, "target": str(target),
        }  # fmt: skip


class Retriever(Judge):
    """Looks for each caption's picture among all of the gallery."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The ids of the pictures."""
        return tuple(c.id for c in self.setting.gallery.captions)

    def cases(self, position: int) -> Sequence[tuple[int, int]]:
        """One question: which picture?"""
        return [(position, -1)]

    def output(self, texts: Tensor, pictures: Sequence[int]) -> Tensor:
        """Return (B, N) cosines."""
        return (texts.double() @ self.features.double().T).round(decimals=DECIMALS)


class Matcher(Judge):
    """Decides whether a caption belongs to its own picture (draw 0), and to another one (draw 1)."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The two decisions."""
        return ANSWERS

    def cases(self, position: int) -> Sequence[tuple[int, int]]:
        """Two questions: its own picture, and another."""
        return [(1, position), (0, other(self.setting, position))]

    def output(self, texts: Tensor, pictures: Sequence[int]) -> Tensor:
        """Return (B, 1) cosines."""
        cosine = (texts.double() * self.features[list(pictures)].double()).sum(dim=1, keepdim=True)
        return cosine.round(decimals=DECIMALS)


def other(setting: Setting, position: int) -> int:
    """Return another picture, drawn by the caption's own dice; one with another caption if there is one."""
    captions = setting.gallery.captions
    dice = Dice(setting.seed, "another-picture", 1, (captions[position].id,))
    order = dice.permutation("picture", len(captions))[0].tolist()
    strangers = (i for i in order if captions[i].text != captions[position].text)
    return int(next(strangers, next(i for i in order if i != position)))
