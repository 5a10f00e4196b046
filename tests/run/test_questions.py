"""Normal and misleading questions: the reader, the shuffled options, the figures again by hand."""

import csv
import json

import numpy as np
import pytest
import torch
from PIL import Image

from durometer import summarize
from durometer.core import DataError, ModelError, RecordError, UsageError
from durometer.data.questions import COLUMNS, read_question_pairs
from durometer.measures.mvi_sensitivity import MVISensitivity
from durometer.report import write
from durometer.run.conditions import CANVAS
from durometer.run.questions import run_questions
from durometer.stats import mcnemar_exact
from durometer.stats.ratio import relative_drop

OPTIONS = ("stool", "mushroom", "lamp")


def file_of(folder, pairs, *, broken=(), change=None):
    """`pairs` such as [("mirror", 3, 7)]: category, gray level of the normal picture, of the twin."""
    rows = []
    for i, (category, *levels) in enumerate(pairs):
        for arm, level in zip(("normal", "misleading"), levels, strict=True):
            name = f"{i}-{arm}.png"
            if i not in broken or arm == "normal":
                Image.fromarray(np.full((8, 8, 3), level, np.uint8)).save(folder / name)
            rows.append({
                "pair": f"p{i}", "category": category, "arm": arm, "question": f"What is this, {i}?",
                "options": "|".join(OPTIONS), "answer": ("stool", "A", "b")[i % 3], "image": name,
            })  # fmt: skip
    for k, (column, value) in (change or {}).items():
        rows[k][column] = value
    path = folder / "pairs.csv"
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def right(question):
    return OPTIONS[(0, 0, 1)[int(question.rstrip("?").rpartition(" ")[2]) % 3]]


def sees_light(picture, question, options):
    """Right on pictures above gray level 100; on darker ones it takes the first wrong option it is shown."""
    if picture.float().mean() > 100:
        return options.index(right(question))
    return next(i for i, option in enumerate(options) if option != right(question))


PAIRS = [
    ("mirror", 200, 50),
    ("mirror", 200, 200),
    ("glass", 200, 50),
    ("glass", 50, 200),
    ("glass", 200, 201),
]


def test_oracle_the_reader(tmp_path):
    pairs = read_question_pairs(file_of(tmp_path, PAIRS))
    assert [p.id for p in pairs] == ["p0", "p1", "p2", "p3", "p4"]
    assert [p.arms["normal"].answer for p in pairs] == [0, 0, 1, 0, 0]  # by text, by letter, by small letter
    twin = pairs[0].arms["misleading"]
    assert (twin.text, twin.options) == ("What is this, 0?", OPTIONS)
    assert twin.picture().float().mean() == 50


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({1: ("arm", "normal")}, r"pairs.csv, line 3: the pair 'p0' has its normal arm twice"),
        ({1: ("arm", "other")}, "arm = 'other' is neither normal nor misleading"),
        ({1: ("pair", "p9")}, "the pair 'p0' has one arm only"),
        ({1: ("category", "glass")}, "the pair 'p0' has two categories"),
        ({2: ("options", "stool")}, "line 4: options = 'stool' are not two or more different ones"),
        ({2: ("options", "stool|stool")}, "are not two or more different ones"),
        ({2: ("answer", "D")}, "the answer 'D' is none of the options. Choose one of stool, mushroom, lamp"),
    ],
)
def test_errors_of_a_file(tmp_path, change, message):
    with pytest.raises(DataError, match=message):
        read_question_pairs(file_of(tmp_path, PAIRS, change=change))


def test_errors_no_file_and_a_missing_column(tmp_path):
    with pytest.raises(DataError, match="can't be read"):
        read_question_pairs(tmp_path / "nowhere.csv")
    (tmp_path / "x.csv").write_text("pair,category\n")
    with pytest.raises(DataError, match="has no column 'arm'"):
        read_question_pairs(tmp_path / "x.csv")


@pytest.fixture
def record(tmp_path):
    pairs = read_question_pairs(file_of(tmp_path, PAIRS))
    return run_questions({"light": sees_light}, pairs, tmp_path / "record", draws=2, name="toy pairs")


def test_oracle_the_figures_of_a_planted_model(record):
    # normal: right on 0, 1, 2, 4; misleading: right on 1, 3, 4: (4/5 - 3/5) / (4/5)
    found = MVISensitivity(before=CANVAS.key)(record.rows())
    assert found.value == pytest.approx(0.25)
    assert found.n == 5
    assert found == relative_drop([1, 1, 1, 0, 1], [0, 1, 0, 1, 1])
    summary = summarize(record)
    parts = {m.found.category: m for m in summary.more["MVI-Sensitivity"]}
    assert list(parts) == ["all", "glass", "mirror"]
    assert parts["mirror"].found.sensitivity.value == pytest.approx(0.5)  # 1 -> 1/2
    assert parts["glass"].found.sensitivity.value == pytest.approx(0.0)  # 2/3 -> 2/3
    whole = parts["all"].found
    assert (whole.lost, whole.gained) == (4, 2)  # rows: two draws each
    assert whole.p == mcnemar_exact(2, 1)  # pairs
    assert parts["all"].p_adjusted == whole.p
    assert any("MVI-Sensitivity of light: 25 %" in s for s in summary.headline.sentences)
    assert record.manifest["data"]["read"] == 5


def test_options_are_shuffled_by_the_dice_of_the_pair_alike_on_both_arms(tmp_path):
    seen = []

    def first(picture, question, options):
        seen.append(options)
        return 0

    pairs = read_question_pairs(file_of(tmp_path, PAIRS * 12))
    record = run_questions({"first": first}, pairs, tmp_path / "a")
    assert seen[0::2] == seen[1::2]  # normal, misleading, normal, …
    assert all(sorted(options) == sorted(OPTIONS) for options in seen)
    assert len(set(seen)) == 6  # all orders of three
    rows = record.rows()
    score = rows["score"].mean()
    assert 0.15 < score < 0.55  # who always takes the first is right one time in three
    for answer, target, facts in zip(rows["answer"], rows["target"], rows["facts"], strict=True):
        assert OPTIONS[answer] == json.loads(facts)["said"]
        assert (str(answer) == target) == (json.loads(facts)["said"] == OPTIONS[int(target)])
    seen.clear()
    run_questions({"first": first}, pairs[3:4], tmp_path / "b")
    alone = list(seen)
    seen.clear()
    run_questions({"first": first}, pairs, tmp_path / "c")
    assert alone == seen[6:8]


def test_a_report_can_be_written_where_nothing_is_right(tmp_path):
    pairs = read_question_pairs(file_of(tmp_path, [("mirror", 20, 50)] * 3))
    record = run_questions({"light": sees_light}, pairs, tmp_path / "record")
    summary = summarize(record)
    assert summary.more["MVI-Sensitivity"][0].found.sensitivity.value == 0.0
    paths = write(summary, tmp_path / "report", artifact=record.artifact)
    assert "MVI-Sensitivity" in json.loads(paths["json"].read_text())["verdict"]["headline"]["sentences"][-1]


def test_a_pair_that_can_not_be_read_is_counted(tmp_path):
    pairs = read_question_pairs(file_of(tmp_path, PAIRS, broken=(1,)))
    record = run_questions({"light": sees_light}, pairs, tmp_path / "record")
    assert record.table("unread")["sample"].tolist() == ["p1"]
    assert "there is no such file" in record.table("unread")["reason"][0]
    assert MVISensitivity(before=CANVAS.key)(record.rows()).n == 4
    with pytest.raises(DataError, match=r"no pair can be read; the first: .*no such file"):
        run_questions({"light": sees_light}, pairs[1:2], tmp_path / "other")


def test_errors_models(tmp_path):
    pairs = read_question_pairs(file_of(tmp_path, PAIRS))
    for answer, message in (
        (lambda *a: 3, "wild: answered 3 to a question with 3 options"),
        (lambda *a: "A", "answered 'A' to a question"),
        (lambda *a: True, "answered True"),
        (lambda *a: torch.zeros(3)[7], "wild: failed on the question 'What is this, 0\\?': index 7"),
    ):
        with pytest.raises(ModelError, match=message):
            run_questions({"wild": answer}, pairs, tmp_path / "r", fresh=True)
    run_questions({"light": sees_light}, pairs, tmp_path / "s")
    with pytest.raises(RecordError, match="another plan"):
        run_questions({"light": sees_light}, pairs, tmp_path / "s", seed=1)
    with pytest.raises(UsageError, match="0 models, 5 pairs and 1 draws are nothing to ask"):
        run_questions({}, pairs, tmp_path / "r")
