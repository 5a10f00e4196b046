"""A stressor in one file, brought by another package through an entry point."""

import importlib
import sys
from pathlib import Path

import pytest
import torch

from durometer.core import Dice, stress
from durometer.stress import STRESSORS

DOCS = Path(__file__).parents[2] / "docs" / "edits.md"
ONE_FILE = (
    DOCS.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
)  # what the docs tell authors


@pytest.fixture
def installed(tmp_path, monkeypatch):
    (tmp_path / "negative_plugin.py").write_text(ONE_FILE)
    info = tmp_path / "negative_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: negative-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[durometer.stress]\nnegative = negative_plugin:Negative\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield
    sys.modules.pop("negative_plugin", None)


@pytest.mark.usefixtures("installed")
def test_one_file_and_one_line_are_enough(wide):
    assert "negative" in STRESSORS.names()
    assert STRESSORS.origin("negative") == "negative-plugin"
    made = STRESSORS.make("negative", {"amount": "3/4"})
    result = stress(made, wide, Dice(0, "negative", 1, wide.ids))
    assert (result.x - (0.25 * wide.x + 0.75 * (1 - wide.x))).abs().max() <= 0.5 / 255 + 1e-6
    assert torch.equal(result.aux["mask"], wide.aux["mask"])


def test_without_the_package_the_name_is_unknown():
    assert "negative" not in STRESSORS.names()
