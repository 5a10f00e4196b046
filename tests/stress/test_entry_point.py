"""A stressor in one file, brought by another package through an entry point."""

import importlib
import sys

import pytest
import torch

from durometer.core import Dice, stress
from durometer.stress import STRESSORS

ONE_FILE = '''
"""Negative."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Stressor


@dataclass(frozen=True)
class Negative(Stressor):
    """Mix the picture with its negative."""

    amount: Annotated[float, Param("share of the negative", low=0, high=1)] = 1.0

    name: ClassVar[str] = "negative"
    family: ClassVar[str] = "shifts"

    @property
    def dial(self) -> Dial:
        return Dial("negative", self.amount, "share")

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        return batch.but(x=(1 - self.amount) * batch.x + self.amount * (1 - batch.x))
'''


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
