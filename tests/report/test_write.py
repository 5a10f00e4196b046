"""Files: whole or not at all, and errors that say the way out."""

import json

import pytest

from durometer.core import UsageError
from durometer.report import pictures, write, write_comparison, write_many
from durometer.report.html import page


def test_three_files_of_the_same(fake, tmp_path):
    paths = write(fake.one(), tmp_path / "a" / "b", artifact=fake.artifact)
    assert {k: p.name for k, p in paths.items()} == {
        "html": "report.html",
        "md": "report.md",
        "json": "report.json",
    }
    assert sorted(p.name for p in (tmp_path / "a" / "b").iterdir()) == [
        "report.html",
        "report.json",
        "report.md",
    ]
    for path in paths.values():
        assert "The background breaks it most." in path.read_text(encoding="utf-8")
    assert json.loads(paths["json"].read_text(encoding="utf-8"))["schema"] == 1


def test_only_what_was_asked_for(fake, tmp_path):
    assert list(write(fake.one(), tmp_path, artifact=fake.artifact, formats=("md",))) == ["md"]
    assert [p.name for p in tmp_path.iterdir()] == ["report.md"]


def test_the_same_summary_gives_the_same_bytes(fake, tmp_path):
    first, second = (write(fake.rich(), tmp_path / name, artifact=fake.artifact) for name in "ab")
    assert all(first[k].read_bytes() == second[k].read_bytes() for k in first)


def test_a_failure_leaves_the_old_report(fake, tmp_path, monkeypatch):
    old = write(fake.one(), tmp_path, artifact=fake.artifact)["html"].read_bytes()

    def broken(*args, **kwargs):
        raise RuntimeError("a bug in a section")

    monkeypatch.setattr(page, "report", broken)
    with pytest.raises(RuntimeError):
        write(fake.quiet(), tmp_path, artifact=fake.artifact)
    assert (tmp_path / "report.html").read_bytes() == old
    assert len(list(tmp_path.iterdir())) == 3


def test_a_full_disk_leaves_the_old_report_and_no_half_of_the_new(fake, tmp_path, monkeypatch):
    import errno
    import os

    old = write(fake.one(), tmp_path, artifact=fake.artifact)["html"].read_bytes()

    def full(*args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(
        UsageError, match=r"could not be written: No space left on device. Choose another folder"
    ):
        write(fake.quiet(), tmp_path, artifact=fake.artifact)
    assert (tmp_path / "report.html").read_bytes() == old
    assert len(list(tmp_path.iterdir())) == 3


def test_errors_name_the_way_out(fake, tmp_path):
    with pytest.raises(UsageError, match=r"no report format 'htm'. Did you mean 'html'"):
        write(fake.one(), tmp_path, artifact=fake.artifact, formats=("htm",))
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"file: the report could not be written.*Choose another folder"):
        write(fake.one(), tmp_path / "file", artifact=fake.artifact)


def test_several_records_share_the_bytes_of_their_pictures(fake, tmp_path, monkeypatch):
    pair = sum(
        len(t.uri)
        for t in pictures.choose(fake.one(), fake.artifact).pairs[0:1]
        for t in (t.original, t.edited)
    )
    html = page.many([fake.one()] * 3, [fake.artifact] * 3, budget=12 * pair)
    assert html.count('<figure class="pair"') <= 12
    paths = write_many([fake.one(), fake.rich()], tmp_path, artifacts=[fake.artifact] * 2)
    assert len(json.loads(paths["json"].read_text(encoding="utf-8"))["records"]) == 2


def test_comparison_lists_worse_better_and_undecided(fake, tmp_path, outline):
    paths = write_comparison(fake.comparison(), tmp_path)
    text = outline(paths["html"].read_text(encoding="utf-8")).text
    assert text.index("Worse") < text.index("Better") < text.index("Undecided")
    assert "−6.2 −8.3 to −4.1" in text
    assert "the other record does not hold it" in text
    markdown = paths["md"].read_text(encoding="utf-8")
    assert "**Worse** (1)" in markdown
    assert "| size, 5 % | scenes-cnn |" in markdown
