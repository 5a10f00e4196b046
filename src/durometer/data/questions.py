"""Pairs of questions: the same asked about a normal picture and about its misleading twin."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from durometer.core import DataError
from durometer.data.images import read_image

ARMS = ("normal", "misleading")
COLUMNS = ("pair", "category", "arm", "question", "options", "answer", "image")
SPLIT = "|"


@dataclass(frozen=True)
class Question:
    """One question about one picture.

    Attributes:
        image: Its file.
        text: What is asked.
        options: What may be answered, two or more.
        answer: Index of the right one.
    """

    image: Path
    text: str
    options: tuple[str, ...]
    answer: int

    def picture(self) -> Tensor:
        """Return (3, H, W) uint8.

        Raises:
            DataError: if it can't be read.
        """
        return read_image(self.image).x


@dataclass(frozen=True)
class QuestionPair:
    """A normal question and its misleading twin.

    Attributes:
        id: Of the pair.
        category: What kind of misleading: `mirror`, `material`, …
        arms: The question of each of `ARMS`.
    """

    id: str
    category: str
    arms: Mapping[str, Question]


def read_question_pairs(file: Path | str) -> tuple[QuestionPair, ...]:
    """Read a CSV with a header and a row for each arm of a pair.

    Columns: `pair`, `category`, `arm` (normal or misleading), `question`, `options` (parted by `|`), `answer`
    (the right option's text, or its letter: A, B, …), `image` (relative to the CSV).

    Returns:
        The pairs in the order in which they first appear.

    Raises:
        DataError: a missing column, an unknown arm or answer, an arm that is missing or there twice; names
            the line.
    """
    path = Path(file)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [c for c in COLUMNS if c not in (reader.fieldnames or ())]
            if missing:
                raise DataError(
                    f"has no column {missing[0]!r}", where=str(path), fix=f"It needs {', '.join(COLUMNS)}"
                )
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"can't be read ({error})", where=str(path)) from error
    return _paired(path, rows)


def _paired(path: Path, rows: Sequence[tuple[int, Mapping[str, str]]]) -> tuple[QuestionPair, ...]:
    arms: dict[str, dict[str, Question]] = {}
    category: dict[str, str] = {}
    for line, row in rows:
        where, arm, name = f"{path}, line {line}", row["arm"].strip().lower(), row["pair"].strip()
        if arm not in ARMS:
            raise DataError(f"arm = {row['arm']!r} is neither normal nor misleading", where=where)
        if category.setdefault(name, row["category"].strip()) != row["category"].strip():
            raise DataError(f"the pair {name!r} has two categories", where=where)
        if arm in arms.setdefault(name, {}):
            raise DataError(f"the pair {name!r} has its {arm} arm twice", where=where)
        arms[name][arm] = _question(path.parent, row, where)
    lonely = next((name for name, found in arms.items() if len(found) < len(ARMS)), None)
    if lonely is not None:
        raise DataError(
            f"the pair {lonely!r} has one arm only",
            where=str(path),
            fix="Give each pair a row for either arm",
        )
    return tuple(QuestionPair(name, category[name], found) for name, found in arms.items())


def _question(root: Path, row: Mapping[str, str], where: str) -> Question:
    options = tuple(part.strip() for part in row["options"].split(SPLIT))
    if len(options) < 2 or len(set(options)) < len(options) or not all(options):
        raise DataError(f"options = {row['options']!r} are not two or more different ones", where=where)
    answer = row["answer"].strip()
    letters = {chr(ord("A") + i): i for i in range(len(options))}
    found = options.index(answer) if answer in options else letters.get(answer.upper(), -1)
    if found < 0:
        raise DataError(
            f"the answer {answer!r} is none of the options",
            where=where,
            fix=f"Choose one of {', '.join(options)}",
        )
    return Question(root / row["image"].strip(), row["question"].strip(), options, found)
