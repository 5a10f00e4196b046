"""A third party's stressor: one file and one entry point, and durometer lists it, makes it and checks it."""

import sys
import textwrap

import pytest

from durometer.core import Batch, Dice, UnknownNameError, UsageError, stress
from durometer.stress import STRESSORS
from durometer.testing import check_stressor
from durometer.testing.scenes import toy_batch

FILE = '''
"""Night: everything darker and bluer."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch

from durometer.core import Batch, Dial, Dice, Param, Stressor


@dataclass(frozen=True)
class Night(Stressor):
    """Multiply red and green by `light` and blue by its square root."""

    light: Annotated[float, Param("what is left of the light", "share", low=0.01, high=1)] = 0.3

    name: ClassVar[str] = "night"
    family: ClassVar[str] = "weather"

    @property
    def dial(self) -> Dial:
        return Dial("night", 1 - self.light, "share of light taken")

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        factor = torch.tensor([self.light, self.light, self.light**0.5]).reshape(1, 3, 1, 1)
        return batch.but(x=batch.x * factor.to(batch.x))
'''


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a distribution of one module, as pip would leave it."""

    def install(points, dist="durometer-night"):
        (tmp_path / "durometer_night.py").write_text(textwrap.dedent(FILE))
        info = tmp_path / f"{dist.replace('-', '_')}-0.1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 0.1\n")
        lines = "\n".join(f"{name} = {value}" for name, value in points.items())
        (info / "entry_points.txt").write_text(f"[durometer.stress]\n{lines}\n")
        monkeypatch.syspath_prepend(str(tmp_path))

    yield install
    sys.modules.pop("durometer_night", None)


def test_one_file_is_found_listed_made_and_sound(install):
    install({"night": "durometer_night:Night"})
    assert "night" in STRESSORS.names()
    assert STRESSORS.origin("night") == "durometer-night"
    night = STRESSORS.make("night", {"light": "1/4"})
    assert STRESSORS.make(night.name, STRESSORS.spec(night).params) == night
    check_stressor(night)
    # gray 200: red and green 200 / 4 = 50, blue 200 / 2 = 100
    batch = toy_batch(1, 8, 8)
    gray = Batch(batch.ids, batch.x * 0 + 200 / 255, batch.y)
    found = stress(night, gray, Dice(0, "night", 1, gray.ids))
    assert (found.x[0, :, 0, 0] * 255).tolist() == pytest.approx([50, 50, 100])


def test_errors_without_it_the_name_is_unknown():
    with pytest.raises(UnknownNameError, match="there is no stress named 'night'"):
        STRESSORS.make("night")


def test_broken_plugin_is_named_and_skipped(install):
    install({"night": "durometer_night:Night", "dusk": "durometer_night:Dusk"})
    assert "dusk" in STRESSORS.names()
    with pytest.raises(
        UsageError, match=r"stress 'dusk': the plug-in 'durometer_night:Dusk' could not be loaded"
    ):
        STRESSORS.get("dusk")
    assert STRESSORS.make("night").light == 0.3


def test_errors_collision_with_ours(install):
    install({"size": "durometer_night:Night"})
    with pytest.raises(
        UsageError, match=r"'durometer_night:Night' takes the name 'size', which is taken already"
    ):
        STRESSORS.names()


def test_errors_collision_of_two_plugins(install):
    install({"night": "durometer_night:Night"})
    install({"night": "elsewhere:Night"}, dist="other-night")
    with pytest.raises(
        UsageError, match=r"takes the name 'night', which is taken already\. Uninstall it or ask"
    ):
        STRESSORS.make("night")
