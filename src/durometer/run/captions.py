"""Attribute words put into captions, and what a pair of encoders loses by it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import torch

from durometer.core import Dataset, Json, Spec, UsageError, canonical_json, order_key
from durometer.core.params import values
from durometer.data.canvas import Canvas
from durometer.models.pairs import Pair
from durometer.records import Record
from durometer.run.answers import Sheet, Tables, finished, text_hash, write
from durometer.run.captioned import Asking, read
from durometer.run.conditions import CANVAS, Condition, Role
from durometer.run.judges import Judge, Matcher, Retriever, Setting
from durometer.run.prepare import choose
from durometer.stress.text import AttributeInsertion, lexicon
from durometer.stress.text.language import Bigrams, LanguageModel
from durometer.stress.text.score import Related
from durometer.tasks.matching import Matching, best_threshold
from durometer.tasks.retrieval import Retrieval, Ties

INSERTIONS = (AttributeInsertion(kind="color"), AttributeInsertion(kind="size"))
NEUTRAL = AttributeInsertion(kind="neutral")
REFERENCE = replace(CANVAS, title="caption as it is")
RANK: Mapping[str, Json] = {
    "name": "reciprocal rank of the caption's own picture",
    "mean": "MRR",
    "right": 1.0,
}
FIT = "threshold"
"""Purpose of the dice that say which half of the captions a threshold is fitted on."""


def run_captions(
    pairs: Pair | Sequence[Pair],
    dataset: Dataset,
    out: Path | str,
    *,
    insertions: Sequence[AttributeInsertion] = INSERTIONS,
    task: Literal["retrieval", "matching"] = "retrieval",
    ties: Ties = "best",
    threshold: float | None = None,
    asking: Asking | None = None,
    language: LanguageModel | Literal["counts"] | None = "counts",
    related: Related = lexicon.related,
    canvas: Canvas | None = None,
    limit: int | None = None,
    seed: int = 0,
    title: str = "",
    fresh: bool = False,
) -> Record:
    """Put attribute words into captions, ask each pair, and return a record as `durometer.run.run` leaves it.

    The caption as it is stands under the key of the unedited canvas; each insertion is a condition, read
    against a word in the same place that says nothing (`neutral`). Which word is inserted may depend on the
    pair, as the published score asks it. Captions without the noun, or that say the attribute already, are
    counted as not edited.

    Args:
        pairs: One pair of encoders or several; each has its own name.
        dataset: Pictures; `asking` says where their captions are.
        out: The record's folder; the same call again returns the finished record.
        insertions: What is inserted; see `AttributeInsertion`.
        task: `retrieval`: each caption among all pictures, score = reciprocal rank. `matching`: each caption
            with its own picture and with another one, drawn by dice; score = whether the decision is right.
        ties: Of retrieval; see `ranks`.
        threshold: Of matching; None fits it on half of the captions, which are then left out.
        asking: Caption, nouns and known attributes of a sample.
        language: `counts`: word pairs of these captions; None: no language model; or your own.
        related: How near two words are, 0 to 1.
        canvas: How pictures are decoded.
        limit: Take so many samples, drawn over the whole data set.
        seed: Of the dice.
        title: For the report.
        fresh: Start again although there is a record of this call.

    Raises:
        UsageError: no pair, two of one name, or too few captions.
        DataError: no sample has a caption.
        RecordError: the folder holds something else.
    """
    began = time.monotonic()
    named = _named([pairs] if isinstance(pairs, Pair) else list(pairs))
    positions = choose(dataset, limit, None, seed)
    gallery = read(dataset, positions, named, asking or Asking(), canvas or Canvas())
    if len(gallery.captions) < 2:
        raise UsageError("one caption is too few: there is no other picture", where=dataset.name)
    if language == "counts":
        language = Bigrams.of(c.text for c in gallery.captions)
    setting = Setting(gallery, language, related, seed)
    judges: Mapping[str, Judge] = {
        name: _judge(task, pair, setting, ties, threshold) for name, pair in named.items()
    }
    conditions = [REFERENCE, *_conditions(insertions, draws=2 if task == "matching" else 1)]
    sheet = _sheet(task, judges, setting, conditions, dataset, title, limit, ties)
    if not fresh and (done := finished(out, sheet.digest)):
        return done
    tables = Tables(unread=list(gallery.unread))
    kept = set().union(*(judge.kept for judge in judges.values()))
    tables.samples = [row for row in gallery.samples if row["position"] in kept]
    for judge in judges.values():
        for condition, insertion in zip(conditions, (None, NEUTRAL, *insertions), strict=True):
            judge.judge(condition, insertion, tables)
    return write(out, sheet, tables, began=began, fresh=fresh)


def _judge(
    task: Literal["retrieval", "matching"], pair: Pair, setting: Setting, ties: Ties, threshold: float | None
) -> Judge:
    everyone = range(len(setting.gallery.captions))
    if task == "retrieval":
        return Retriever(pair, Retrieval(ties=ties, scale=pair.scale), setting, everyone)
    if threshold is not None:
        return Matcher(pair, Matching(threshold=threshold), setting, everyone)
    fit, kept = _halves(setting)
    matcher = Matcher(pair, Matching(threshold=0.0), setting, fit)
    texts = pair.texts([setting.gallery.captions[i].text for i in fit])
    asked = [(row, *case) for row, i in enumerate(fit) for case in matcher.cases(i)]
    cosine = matcher.output(texts[[row for row, *_ in asked]], [picture for *_, picture in asked])[:, 0]
    match = torch.tensor([target == 1 for _, target, _ in asked])
    return Matcher(pair, Matching(threshold=best_threshold(cosine, match)), setting, kept)


def _halves(setting: Setting) -> tuple[list[int], list[int]]:
    """Divide the captions by their own dice: one half to fit a threshold on, the other to judge."""
    ids = [c.id for c in setting.gallery.captions]
    order = sorted(range(len(ids)), key=lambda i: order_key(setting.seed, ids[i], FIT))
    return sorted(order[: len(order) // 2]), sorted(order[len(order) // 2 :])


def _conditions(insertions: Sequence[AttributeInsertion], *, draws: int) -> list[Condition]:
    """Return the control and the insertions; a caption that may be untrue now is a diagnosis, not an edit."""
    control = _condition(NEUTRAL, "control", "", draws)
    made = [
        _condition(i, "edit" if i.keeps_label else "diagnostic", control.key if i != NEUTRAL else "", draws)
        for i in insertions
    ]
    if len({c.key for c in (control, *made)}) <= len(made):
        raise UsageError("the same insertion is given twice, or it is the control", where="insertions")
    return [control, *made]


def _condition(insertion: AttributeInsertion, role: Role, control: str, draws: int) -> Condition:
    spec = Spec("text", insertion.name, insertion.version, values(insertion))
    return Condition(
        spec, insertion.title, "text", role, insertion.dial,
        control=control, draws=draws, source=insertion.source,
    )  # fmt: skip


def _sheet(
    task: str,
    judges: Mapping[str, Judge],
    setting: Setting,
    conditions: Sequence[Condition],
    dataset: Dataset,
    title: str,
    limit: int | None,
    ties: Ties,
) -> Sheet:
    captions = setting.gallery.captions
    known = [[c.id, c.text, list(c.nouns), {k: list(v) for k, v in c.known.items()}] for c in captions]
    language = setting.language
    plan: dict[str, Json] = {
        "run": "captions", "task": task, "ties": ties, "limit": limit or 0,
        "captions": text_hash(canonical_json(known)),
        "pictures": text_hash("".join(str(row["content"]) for row in setting.gallery.samples)),
        "language": "none" if language is None else type(language).__name__,
        "conditions": [{"insert": c.title, **c.spec.params} for c in conditions[1:]],
    }  # fmt: skip
    n = len(next(iter(judges.values())).kept)
    return Sheet(
        title=title or f"{', '.join(judges)} on captions of {dataset.name}",
        plan=plan,
        conditions=conditions,
        models={name: _model(judge) for name, judge in judges.items()},
        data={"name": dataset.name, "n": n, "of": len(dataset), "labels": list(dataset.labels), "masks": 0,
              "guesses": [], "left_out": []},
        score=RANK if task == "retrieval" else {},
        seed=setting.seed,
    )  # fmt: skip


def _model(judge: Judge) -> dict[str, Json]:
    card = judge.pair.card
    return {
        "digest": card.digest, "labels": list(judge.labels), "among": None, "input": values(card.input),
        "output": "logits", "traits": [], "guesses": list(card.guesses), "unmatched": [],
        "scale": judge.pair.scale,
        **({"threshold": judge.task.threshold} if isinstance(judge.task, Matching) else {}),
    }  # fmt: skip


def _named(pairs: Sequence[Pair]) -> dict[str, Pair]:
    named = {pair.card.name: pair for pair in pairs}
    if not pairs or len(named) < len(pairs):
        raise UsageError(f"{len(pairs)} pairs with {len(named)} names", fix="Give each pair its own name")
    return named
