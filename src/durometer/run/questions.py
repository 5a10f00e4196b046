"""Normal and misleading pictures, the same question: what an answering model loses."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from durometer.core import DataError, Dial, Dice, Json, ModelError, Spec, UsageError, canonical_json
from durometer.data.questions import ARMS, QuestionPair
from durometer.records import Record
from durometer.run.answers import Sheet, Tables, finished, text_hash, write
from durometer.run.conditions import CANVAS, Condition
from durometer.run.show import pixel_hash
from durometer.run.tables import Row

Answerer = Callable[[Tensor, str, tuple[str, ...]], int]
"""(picture (3, H, W) uint8, question, options) -> the index of the option that it takes."""
NORMAL = Condition(CANVAS.spec, "normal picture", "reference", "reference", Dial("canvas"))


def run_questions(
    models: Mapping[str, Answerer],
    pairs: Sequence[QuestionPair],
    out: Path | str,
    *,
    draws: int = 1,
    seed: int = 0,
    title: str = "",
    name: str = "questions",
    digests: Mapping[str, str] | None = None,
    fresh: bool = False,
) -> Record:
    """Ask every model both questions of every pair, and return a record as `durometer.run.run` leaves it.

    The normal picture stands under the key of the unedited canvas, its twin is one condition. Options are
    put in an order of the pair's own dice, alike for both arms. A pair with a picture that can't be read is
    counted as not read.

    Args:
        models: Name -> what answers; see `Answerer`.
        pairs: What is asked; see `durometer.data.questions.read_question_pairs`.
        out: The record's folder; the same call again returns the finished record.
        draws: How often each question is asked, each time with its options in another order.
        seed: Of the dice.
        title: For the report.
        name: Of the data.
        digests: Name -> what tells a model from others of its name.
        fresh: Start again although there is a record of this call.

    Raises:
        UsageError: nothing to ask, or nobody.
        DataError: no pair can be read.
        ModelError: a model fails, or answers with something that is no option.
    """
    began = time.monotonic()
    if not models or not pairs or draws < 1:
        raise UsageError(f"{len(models)} models, {len(pairs)} pairs and {draws} draws are nothing to ask")
    misleading = Condition(
        Spec("questions", "misleading-twin"), "misleading twin", "questions", "edit",
        Dial("misleading"), draws=draws, source="chen2025",
    )  # fmt: skip
    tables = Tables()
    readable = _readable(pairs, tables, name)
    known = [_known(pair, sample["content"]) for pair, sample in zip(readable, tables.samples, strict=True)]
    plan: dict[str, Json] = {"run": "questions", "draws": draws, "pairs": text_hash(canonical_json(known))}
    sheet = Sheet(
        title=title or f"{', '.join(models)} on {name}",
        plan=plan,
        conditions=(NORMAL, misleading),
        models={model: _words((digests or {}).get(model, "")) for model in models},
        data={"name": name, "n": len(readable), "of": len(pairs), "labels": [], "masks": 0, "guesses": [],
              "left_out": []},
        seed=seed,
    )  # fmt: skip
    if not fresh and (done := finished(out, sheet.digest)):
        return done
    for position, pair in enumerate(readable):
        for arm, condition in zip(ARMS, sheet.conditions, strict=True):
            asked = Asked(pair, position, arm, condition, pair.arms[arm].picture())
            tables.rows += [
                asked.row(model, answer, draw, seed)
                for model, answer in models.items()
                for draw in range(draws)
            ]
    return write(out, sheet, tables, began=began, fresh=fresh)


@dataclass(frozen=True)
class Asked:
    """One arm of a pair, read."""

    pair: QuestionPair
    position: int
    arm: str
    condition: Condition
    picture: Tensor

    def row(self, model: str, answer: Answerer, draw: int, seed: int) -> Row:
        """Ask a model once and return the row; target and answer are options in the order of the file."""
        question, dial = self.pair.arms[self.arm], self.condition.dial
        dice = Dice(seed, "questions", 1, (self.pair.id,), draw)
        order = dice.permutation("options", len(question.options))[0].tolist()
        said = _asked(model, answer, self.picture, question.text, tuple(question.options[i] for i in order))
        return {
            "sample": self.pair.id, "position": self.position, "model": model,
            "condition": self.condition.key, "axis": dial.axis, "severity": dial.severity, "unit": dial.unit,
            "draw": draw, "target": str(question.answer), "answer": order[said], "confidence": None,
            "score": float(order[said] == question.answer), "status": "ok", "reason": "",
            "pixels": pixel_hash(self.picture),
            "facts": canonical_json({"said": question.options[order[said]], "place": said}),
        }  # fmt: skip


def _asked(model: str, answer: Answerer, picture: Tensor, text: str, options: tuple[str, ...]) -> int:
    try:
        said = answer(picture.clone(), text, options)
    except Exception as error:  # whatever a stranger's model raises, told in one sentence
        reason = " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
        raise ModelError(f"failed on the question {text!r}: {reason}", where=model) from error
    if isinstance(said, bool) or not isinstance(said, int) or not 0 <= said < len(options):
        raise ModelError(
            f"answered {said!r} to a question with {len(options)} options", where=model,
            fix="Return the index of an option, from 0",
        )  # fmt: skip
    return said


def _readable(pairs: Sequence[QuestionPair], tables: Tables, name: str) -> list[QuestionPair]:
    """Read every picture once, note what can't be read, and return the other pairs."""
    kept: list[QuestionPair] = []
    for pair in pairs:
        try:
            shown = [pair.arms[arm].picture() for arm in ARMS]
        except DataError as error:
            tables.unread.append({"sample": pair.id, "reason": str(error)})
            continue
        (height, width), question = shown[0].shape[-2:], pair.arms["normal"]
        tables.samples.append({
            "sample": pair.id, "position": len(kept), "label": question.options[question.answer],
            "content": "".join(pixel_hash(x) for x in shown), "height": height, "width": width,
            "canvas_height": height, "canvas_width": width, "mask_share": None,
            "facts": canonical_json({"category": pair.category}),
        })  # fmt: skip
        kept.append(pair)
    if not kept:
        raise DataError(
            f"no pair can be read; the first: {tables.unread[0]['reason'].rstrip('.')}", where=name
        )
    for k, row in enumerate(tables.unread):
        row["position"] = len(kept) + k
    return kept


def _known(pair: QuestionPair, content: str) -> Json:
    arms = [[q.text, list(q.options), q.answer] for q in (pair.arms[arm] for arm in ARMS)]
    return [pair.id, pair.category, content, arms]


def _words(digest: str) -> dict[str, Json]:
    return {
        "digest": digest, "labels": [], "among": None, "input": {}, "output": "answers", "traits": [],
        "guesses": [], "unmatched": [],
    }  # fmt: skip
