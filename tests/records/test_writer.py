"""Segments, resumption and what stands in the way."""

import errno
import json
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from durometer.core import IncompleteError, RecordError
from durometer.records import Record, RecordWriter, atomic

OPEN = {"plan_digest": "plan", "plan_text": "schema = 1\n", "manifest": {}}


@pytest.fixture
def in_one(tmp_path, write):
    return write(tmp_path, (20,))


@given(st.sets(st.integers(1, 19), max_size=5))
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_properties_digests_do_not_depend_on_segments(tmp_path_factory, write, in_one, cuts):
    many = write(tmp_path_factory.mktemp("many"), (*sorted(cuts), 20))
    assert many.manifest["digests"] == in_one.manifest["digests"]
    assert many.manifest["tables"] == in_one.manifest["tables"]


def test_oracle_rows_come_back_sorted_whatever_order_they_came_in(tmp_path, make_tables):
    made = make_tables(0, 6)
    shuffled = {
        name: {k: [v[i] for i in np.random.default_rng(0).permutation(len(v))] for k, v in table.items()}
        for name, table in made.items()
        if name in ("rows", "outputs", "samples")
    }
    # one order a column would mix rows up; the same seed and length give the same order
    with RecordWriter.open(tmp_path, **OPEN) as writer:
        writer.write_segment(0, {**made, **shuffled})
        writer.finish({})
    rows = Record.open(tmp_path).rows()
    for name, column in made["rows"].items():
        if name == "confidence":
            assert np.array_equal(rows[name], np.array(column, np.float32), equal_nan=True)
        else:
            assert rows[name].astype(object).tolist() == np.asarray(column, rows[name].dtype).tolist(), name


def test_oracle_resumed_equals_uninterrupted(tmp_path, write, make_tables):
    whole = write(tmp_path / "whole", (8, 16, 24))
    with RecordWriter.open(tmp_path / "parts", **OPEN) as writer:
        writer.write_segment(0, make_tables(0, 8))
    with RecordWriter.open(tmp_path / "parts", **OPEN) as writer:
        assert writer.done == {0}
        assert writer.read_segment(0, "samples")["position"].tolist() == list(range(8))
        writer.write_segment(2, make_tables(16, 24))
        assert writer.done == {0, 2}
    again = write(tmp_path / "parts", (8, 16, 24))
    assert again.manifest["digests"] == whole.manifest["digests"]


def test_partial_record_is_read_as_far_as_it_goes(tmp_path, make_tables):
    with RecordWriter.open(tmp_path, **OPEN) as writer:
        assert Record.open(tmp_path).rows()["score"].size == 0
        writer.write_segment(0, make_tables(0, 8))
        writer.write_segment(1, make_tables(8, 10))
        record = Record.open(tmp_path)
    assert not record.complete
    assert record.table("samples")["position"].tolist() == list(range(10))
    assert record.rows()["position"].size == 10 * 2 * 3


def test_finish_leaves_only_what_the_documents_name(tmp_path, write):
    write(tmp_path, (8, 16))
    names = {p.name for p in tmp_path.iterdir()}
    tables = {f"{t}.parquet" for t in ("rows", "outputs", "samples", "unread", "pictures")}
    assert names == {"manifest.json", "plan.toml", *tables}


def test_manifest_is_joined_in_depth(tmp_path, make_tables):
    first = {"data": {"name": "x", "n": 8}, "models": {"net": {"digest": "d"}}, "title": "t"}
    with RecordWriter.open(tmp_path, plan_digest="p", plan_text="", manifest=first) as writer:
        assert not Record.open(tmp_path).complete
        writer.write_segment(0, make_tables(0, 8))
        writer.finish({"data": {"unread": 0}, "models": {"net": {"cut_share": 0.5}}, "seconds": 1.5})
    found = Record.open(tmp_path).manifest
    assert found["data"] == {"name": "x", "n": 8, "unread": 0}
    assert found["models"] == {"net": {"digest": "d", "cut_share": 0.5}}
    assert (found["schema"], found["complete"], found["plan_digest"]) == (1, True, "p")
    assert (found["title"], found["seconds"]) == ("t", 1.5)
    assert found["tables"]["rows"]["rows"] == 48


def test_other_versions_on_resumption_are_noted(tmp_path):
    for version in ("2.9", "2.9", "3.0"):
        about = {"versions": {"torch": version}}
        RecordWriter.open(tmp_path, plan_digest="p", plan_text="", manifest=about).close()
    found = Record.open(tmp_path).manifest
    assert found["versions"] == {"torch": "2.9"}
    assert found["resumed"] == [{"versions": {"torch": "3.0"}}]


@pytest.mark.parametrize("table", ["samples", "pictures", "rows"])
def test_kill_between_tables_leaves_the_segment_uncounted(tmp_path, make_tables, monkeypatch, table):
    with RecordWriter.open(tmp_path, **OPEN) as writer:
        writer.write_segment(0, make_tables(0, 8))
        real = os.replace

        def replace(source, target):
            if f"{table}/000001" in str(target):
                raise KeyboardInterrupt
            real(source, target)

        monkeypatch.setattr(os, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            writer.write_segment(1, make_tables(8, 16))
    assert RecordWriter.open(tmp_path, **OPEN).done == {0}
    assert not list(tmp_path.rglob(".*.part"))


@pytest.mark.parametrize("step", range(8))
def test_kill_in_finish_is_recovered(tmp_path, write, make_tables, monkeypatch, step):
    whole = write(tmp_path / "whole", (8, 16)).manifest["digests"]
    writer = RecordWriter.open(tmp_path / "cut", **OPEN)
    writer.write_segment(0, make_tables(0, 8))
    writer.write_segment(1, make_tables(8, 16))
    real, calls = os.replace, []

    def replace(source, target):
        calls.append(target)
        if len(calls) == step + 1:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    if step < 6:  # five tables and the manifest
        with pytest.raises(KeyboardInterrupt):
            writer.finish({})
    else:  # killed while segments are removed: the record is complete already
        monkeypatch.setattr("durometer.records.writer.segments.remove_segments", lambda root: None)
        writer.finish({})
    monkeypatch.undo()
    writer.close()
    if step < 6:
        assert not Record.open(tmp_path / "cut").complete
        assert write(tmp_path / "cut", (8, 16)).manifest["digests"] == whole
    record = Record.open(tmp_path / "cut")
    record.verify()
    assert record.manifest["digests"] == whole


def test_errors_a_full_disk_keeps_what_is_there(tmp_path, make_tables, monkeypatch):
    writer = RecordWriter.open(tmp_path, **OPEN)
    writer.write_segment(0, make_tables(0, 8))

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    message = (
        r"the disk is full; what was written before is kept \(1 segment\)\. Free some space and run the same"
    )
    with pytest.raises(IncompleteError, match=message) as caught:
        writer.write_segment(1, make_tables(8, 16))
    assert caught.value.exit_code == 3
    with pytest.raises(IncompleteError, match="the disk is full"):
        writer.finish({})
    monkeypatch.undo()
    assert not list(tmp_path.rglob(".*.part"))
    writer.close()
    with RecordWriter.open(tmp_path, **OPEN) as again:
        assert again.done == {0}
        again.finish({})
    assert Record.open(tmp_path).complete


def test_errors_a_really_full_disk_says_so(tmp_path):
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    with (
        pytest.raises(IncompleteError, match="disk is full"),
        atomic.no_room_explained(tmp_path, "2 segments"),
        open("/dev/full", "wb", buffering=0) as file,
    ):
        file.write(b"x")


def test_errors_folder_of_another_plan(tmp_path, write):
    write(tmp_path, (4,), digest="mine")
    with pytest.raises(
        RecordError, match=r"holds the record of another plan\. Choose another folder with --out"
    ):
        RecordWriter.open(tmp_path, **OPEN)
    with pytest.raises(RecordError, match="another plan"):
        RecordWriter.open(tmp_path, **OPEN, fresh=True)
    Record.open(tmp_path).verify()


def test_errors_foreign_folder_is_left_alone(tmp_path):
    for name in ("thesis.tex", ".rows.parquet.part"):
        (tmp_path / name).write_text("years of work")
    with pytest.raises(RecordError, match=r"not empty and holds no record \(it has '.rows.parquet.part'\)"):
        RecordWriter.open(tmp_path, **OPEN)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".rows.parquet.part", "thesis.tex"]


def test_errors_a_file_instead_of_a_folder(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(RecordError, match="this is a file, not a folder"):
        RecordWriter.open(tmp_path / "out", **OPEN)
    with pytest.raises(RecordError, match="can't be written"):
        RecordWriter.open(tmp_path / "out" / "below", **OPEN)


def test_errors_complete_record_and_fresh(tmp_path, write, make_tables):
    write(tmp_path, (8,))
    with pytest.raises(RecordError, match="complete already"):
        RecordWriter.open(tmp_path, **OPEN)
    with RecordWriter.open(tmp_path, **OPEN, fresh=True) as writer:
        assert writer.done == frozenset()
        assert not Record.open(tmp_path).complete
        writer.write_segment(0, make_tables(0, 2))
        writer.finish({})
    assert Record.open(tmp_path).table("samples")["position"].size == 2


@pytest.mark.parametrize("left", [[], [".manifest.json.part"], [".durometer.lock", ".plan.toml.part"]])
def test_a_kill_at_the_very_start_leaves_a_usable_folder(tmp_path, left):
    for name in left:
        (tmp_path / name).write_text("")
    with RecordWriter.open(tmp_path, **OPEN) as writer:
        assert writer.done == frozenset()
    assert Record.open(tmp_path).plan_text == "schema = 1\n"


def test_errors_missing_and_overlapping_segments(tmp_path, make_tables):
    writer = RecordWriter.open(tmp_path, **OPEN)
    writer.write_segment(1, make_tables(8, 16))
    with pytest.raises(RecordError, match="segment 0 was never written"):
        writer.finish({})
    writer.write_segment(0, make_tables(0, 9))
    with pytest.raises(RecordError, match="overlaps the one before it"):
        writer.finish({})
    writer.write_segment(0, make_tables(0, 8))
    writer.finish({})


def test_errors_tables_that_do_not_fit(tmp_path, make_tables):
    writer = RecordWriter.open(tmp_path, **OPEN)

    def wrong(table, **columns):
        made = make_tables(0, 1)
        return {**made, table: {**made[table], **columns}}

    n = len(make_tables(0, 1)["rows"]["sample"])
    cases = [
        (wrong("rows", colour=["x"] * n), "columns colour are missing or unknown"),
        (wrong("rows", score=[1.0]), "differ in length"),
        (wrong("rows", score=[float("nan")] * n), "column 'score': holds an absent value or NaN"),
        (wrong("rows", answer=["cat"] * n), "column 'answer': holds a value that is not int32"),
        (wrong("rows", sample=["\udcff"] * n), "column 'sample': holds a value that is not string"),
        (wrong("samples", height=[None]), "column 'height': holds an absent value"),
        (
            {k: v for k, v in make_tables(0, 1).items() if k != "unread"},
            "lacks or has too many tables: unread",
        ),
    ]
    for made, message in cases:
        with pytest.raises(RecordError, match=message):
            writer.write_segment(0, made)
    assert writer.done == frozenset()
    assert not (tmp_path / "samples").exists()  # refused as a whole, before anything is written


def test_nan_confidence_is_absent(tmp_path, make_tables):
    made = make_tables(0, 1)
    made["rows"]["confidence"] = [float("nan")] * len(made["rows"]["sample"])
    with RecordWriter.open(tmp_path, **OPEN) as writer:
        writer.write_segment(0, made)
    import pyarrow.parquet as pq

    assert pq.read_table(tmp_path / "rows" / "000000.parquet")["confidence"].null_count == 6


def test_artifacts_are_named_by_their_content(tmp_path):
    writer = RecordWriter.open(tmp_path, **OPEN)
    sha = writer.save_artifact(b"picture", ".webp")
    # printf picture | sha256sum
    assert sha == "2cea274d0bedc39ec4ab6ba9e59ec889e3ed6fb56a1cf088a64d9b383378dc97"
    assert (tmp_path / "artifacts" / sha[:2] / f"{sha}.webp").read_bytes() == b"picture"
    before = os.stat(tmp_path / "artifacts" / sha[:2] / f"{sha}.webp").st_mtime_ns
    assert writer.save_artifact(b"picture", ".webp") == sha
    assert os.stat(tmp_path / "artifacts" / sha[:2] / f"{sha}.webp").st_mtime_ns == before
    assert Record.open(tmp_path).artifact(sha) == b"picture"
    (tmp_path / "artifacts" / sha[:2] / f"{sha}.webp").write_bytes(b"pictur")
    with pytest.raises(RecordError, match="damaged"):
        Record.open(tmp_path).artifact(sha)
    writer.save_artifact(b"picture", ".webp")  # a power cut may leave half a picture; it is mended
    assert Record.open(tmp_path).artifact(sha) == b"picture"


@pytest.mark.parametrize("sha", ["../../etc/passwd", "ab", "", "A" * 64])
def test_errors_artifact_names_never_leave_the_folder(tmp_path, sha):
    RecordWriter.open(tmp_path, **OPEN).close()
    with pytest.raises(RecordError, match="is not the sha256 of an artifact"):
        Record.open(tmp_path).artifact(sha)


def test_manifest_is_plain_json_without_nan(tmp_path, make_tables):
    with RecordWriter.open(tmp_path, **OPEN) as writer:
        writer.write_segment(0, make_tables(0, 4))
        with pytest.raises(ValueError, match="JSON"):
            writer.finish({"seconds": float("nan")})
        writer.finish({"seconds": 1.0})
    assert json.loads((tmp_path / "manifest.json").read_text())["seconds"] == 1.0
