"""The published layout, read in one command; the table worked out by hand in tests/published.py."""

import json

import pytest

from durometer.cli.app import app
from durometer.cli.shell import guarded


@pytest.fixture(scope="module")
def report(tmp_path_factory, imagenet_e):
    """Run `durometer run --model … --data …` once and return its report."""
    root = tmp_path_factory.mktemp("published")
    imagenet_e.write(root / "data", side=64)
    (root / "red_or_green.py").write_text(imagenet_e.NET)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.syspath_prepend(str(root))
        patch.setenv("NO_COLOR", "1")
        code = guarded(
            app,
            [
                "run",
                "--model",
                "red_or_green:net",
                "--trust-code",
                "--input",
                "size=32",
                "--data",
                "data",
                "--out",
                "out",
            ],
        )
    assert code == 0
    return {
        "json": json.loads((root / "out" / "report.json").read_text()),
        "md": (root / "out" / "report.md").read_text(),
        "html": (root / "out" / "report.html").read_text(),
    }


def test_oracle_one_command_gives_the_table_of_eleven_and_the_average_of_ten(report, imagenet_e):
    tables = {entry["title"]: entry["table"] for entry in report["json"]["imagenet-e"]["tables"]}
    assert list(tables) == ["ImageNet-E (published images)", "ImageNet-E (published images), minus Inver"]
    table = tables["ImageNet-E (published images)"]
    assert [e["drop"]["value"] for e in table["edits"]] == pytest.approx(
        [imagenet_e.DROPS[folder] for folder in imagenet_e.FOLDERS]
    )
    assert all(e["drop"]["low"] <= e["drop"]["value"] <= e["drop"]["high"] for e in table["edits"])
    assert table["average"]["value"] == pytest.approx(imagenet_e.AVERAGE)
    assert table["reference"]["value"] == pytest.approx(0.95)
    assert table["missing"] == []


def test_the_table_is_titled_for_what_it_is_and_no_own_edit_stands_beside(report):
    for text in (report["md"], report["html"]):
        assert "ImageNet-E (published images)" in text
        assert "ImageNet-E-style" not in text
    assert "| average of 10 | 27.0 (" in report["md"]
    assert "not in the average" in report["md"]


def test_the_guessed_folders_are_said(report):
    assert "taken for edits of ImageNet-E by their names" in report["html"]
    assert "random_bg (Random)" in report["html"]
