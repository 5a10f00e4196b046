"""Reading: what was written, and a sentence for everything that can be wrong."""

import json
from dataclasses import replace

import numpy as np
import pytest

from durometer.core import RecordError
from durometer.records import Record
from durometer.records.added import add_table


@pytest.fixture
def record(tmp_path, write):
    return write(tmp_path, (5, 11, 12))


def test_oracle_every_column_comes_back(record, make_tables):
    for name, table in make_tables(0, 12).items():
        found = record.table(name)
        assert list(found) == [*found]
        for column, values in table.items():
            got = [v.tolist() if isinstance(v, np.ndarray) else v for v in found[column].tolist()]
            if column in ("confidence", "mask_share", "severity"):
                wanted = np.array(values, found[column].dtype)
                assert np.array_equal(found[column], wanted, equal_nan=True)
            else:
                assert got == values, (name, column)


def test_types_of_columns(record):
    rows, outputs = record.rows(), record.table("outputs")
    kinds = {name: column.dtype.str for name, column in rows.items()}
    assert kinds["position"] == kinds["draw"] == kinds["answer"] == "<i4"
    assert kinds["confidence"] == kinds["score"] == "<f4"
    assert kinds["severity"] == "<f8"
    assert kinds["sample"] == kinds["condition"] == kinds["facts"] == "|O"
    assert {type(v) for v in rows["sample"]} == {str}
    assert {v.dtype.str for v in outputs["top"]} == {"<i4"}


def test_oracle_where_and_columns_equal_a_mask(record):
    rows = record.rows()
    key = rows["condition"][1]
    keep = (rows["condition"] == key) & (rows["model"] == "vit")
    found = record.rows(["position", "score"], where={"condition": key, "model": "vit"})
    assert list(found) == ["position", "score"]
    assert keep.sum() == 12
    assert found["position"].tolist() == rows["position"][keep].tolist()
    assert found["score"].tolist() == rows["score"][keep].tolist()
    assert record.rows(["score"], where={"model": "nobody"})["score"].shape == (0,)


def test_empty_tables_keep_their_types(record):
    unread = record.table("unread")
    assert unread["position"].dtype == np.int32
    assert unread["reason"].dtype == object
    assert unread["sample"].shape == (0,)


def test_plan_and_path(record, tmp_path):
    assert record.plan_text == "schema = 1\n"
    assert record.path == tmp_path
    assert Record.open(str(tmp_path)).manifest == record.manifest


def test_verify_notices_a_changed_value(record, tmp_path):
    import pyarrow.parquet as pq

    record.verify()
    table = pq.read_table(tmp_path / "rows.parquet")
    score = table["score"].to_numpy().copy()
    score[17] = 1 - score[17]
    at = table.column_names.index("score")
    pq.write_table(table.set_column(at, table.schema.field("score"), [score]), tmp_path / "rows.parquet")
    with pytest.raises(RecordError, match=r"rows\.parquet: this table is not what the run wrote"):
        record.verify()


def test_errors_no_record(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(
            RecordError, match=r"there is no record here\. Give a folder that `durometer run` wrote"
        ):
            Record.open(path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"complete": true}', "\xff"])
def test_errors_damaged_manifest(tmp_path, write, text):
    write(tmp_path, (2,))
    (tmp_path / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(RecordError, match=r"manifest\.json: "):
        Record.open(tmp_path)


def test_errors_newer_schema(tmp_path, write):
    write(tmp_path, (2,))
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "schema": 2}))
    with pytest.raises(RecordError, match=r"schema 2; this one reads up to 1\)\. Update durometer"):
        Record.open(tmp_path)


def test_errors_missing_and_damaged_tables_name_the_file(tmp_path, write):
    record = write(tmp_path, (20,))
    whole = (tmp_path / "rows.parquet").read_bytes()
    for content in (b"", whole[: len(whole) // 2], whole[:8] + b"\0" * 4000 + whole[4008:]):
        (tmp_path / "rows.parquet").write_bytes(content)
        with pytest.raises(
            RecordError, match=r"rows\.parquet: this (part of the record is damaged|table is not)"
        ):
            record.verify()
    (tmp_path / "rows.parquet").unlink()
    with pytest.raises(RecordError, match=r"rows\.parquet: this part of the record is missing"):
        Record.open(tmp_path)


def test_errors_unknown_tables_and_columns(record):
    with pytest.raises(RecordError, match="a record has no table 'row'"):
        record.table("row")
    with pytest.raises(RecordError, match=r"has no column 'scores'\. Did you mean 'score'"):
        record.rows(["scores"])
    with pytest.raises(RecordError, match="has no column 'modell'"):
        record.rows(where={"modell": "net"})
    with pytest.raises(RecordError, match="'draw' holds no text to select by"):
        record.rows(where={"draw": "0"})


def test_errors_plan_missing(record, tmp_path):
    (tmp_path / "plan.toml").unlink()
    with pytest.raises(RecordError, match="the plan is missing"):
        _ = record.plan_text


ADDED = {
    "sample": ["a", "a"], "position": [0, 0], "model": ["net"] * 2, "condition": ["c"] * 2, "draw": [0, 0],
    "method": ["y", "x"], "inside": [0.5, 0.75], "area": [0.25, 0.25],
}  # fmt: skip


def test_a_table_can_be_added_to_a_finished_record_and_replaced(record):
    before = record
    assert before.table("attributions")["inside"].size == 0
    assert "attributions" not in before.manifest["tables"]
    after = add_table(before, "attributions", ADDED)
    assert after.table("attributions")["inside"].tolist() == [0.5, 0.75]
    assert after.manifest["digests"] == before.manifest["digests"]
    after.verify()
    again = add_table(after, "attributions", {**ADDED, "inside": [0.25, 0.5]})
    assert Record.open(record.path).table("attributions")["inside"].tolist() == [0.25, 0.5]
    again.verify()


def test_only_optional_tables_are_added_and_only_to_finished_records(record):
    with pytest.raises(
        RecordError,
        match=r"'rows' can't be added\. Tables to add are attributions, checks, detections, errors, regions, "
        r"searches, truths",
    ):
        add_table(record, "rows", {})
    open_ended = replace(record, manifest={**record.manifest, "complete": False})
    with pytest.raises(RecordError, match="the run is not complete"):
        add_table(open_ended, "attributions", ADDED)
