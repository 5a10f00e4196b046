"""Registries: ours by line, others' by entry point; broken ones named, collisions refused."""

import sys
import textwrap
from dataclasses import dataclass
from typing import Annotated, ClassVar

import pytest

from durometer.core import Param, PlanError, Registry, Spec, UnknownNameError, UsageError
from durometer.core.registry import describe

GROUP = "durometer.fruit"


@dataclass(frozen=True)
class Apple:
    """A fruit."""

    name: ClassVar[str] = "apple"
    version: ClassVar[int] = 3
    weight: Annotated[float, Param("how heavy", "grams", low=0)] = 100.0


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a distribution that is one module and a file of entry points."""

    def install(points, module="fruit_plugin", dist="fruit-salad"):
        (tmp_path / f"{module}.py").write_text(
            textwrap.dedent(
                """
                from dataclasses import dataclass
                from typing import ClassVar

                @dataclass(frozen=True)
                class Kiwi:
                    name: ClassVar[str] = "kiwi"
                    slices: int = 4
                """
            )
        )
        info = tmp_path / f"{dist.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.0\n")
        lines = "\n".join(f"{name} = {value}" for name, value in points.items())
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}\n")
        monkeypatch.syspath_prepend(str(tmp_path))

    yield install
    sys.modules.pop("fruit_plugin", None)


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setitem(sys.modules, __name__, sys.modules[Apple.__module__])
    return Registry("fruit", {"apple": f"{Apple.__module__}:Apple"})


def test_oracle_make_and_spec_are_inverse(registry):
    thing = registry.make("apple", {"weight": "1/2"})
    assert thing == Apple(0.5)
    spec = registry.spec(thing)
    assert spec == Spec("fruit", "apple", 3, {"weight": 0.5})
    assert registry.make(spec.name, spec.params) == thing


def test_nothing_is_imported_before_it_is_asked_for():
    lazy = Registry("fruit", {"pear": "durometer_has_no_such_module:Pear"})
    assert lazy.names() == ("pear",)
    assert "pear" in lazy
    with pytest.raises(ModuleNotFoundError):
        lazy.get("pear")


def test_errors_unknown_names(registry):
    with pytest.raises(
        UnknownNameError, match=r"^there is no fruit named 'aple'\. Did you mean 'apple'\?\.?$"
    ):
        registry.get("aple")
    with pytest.raises(
        UnknownNameError, match=r"^plan, line 2: there is no fruit named 'zzz'\. Known are: apple\.$"
    ):
        registry.make("zzz", where="plan, line 2")
    with pytest.raises(PlanError, match=r"^fruit 'apple': weight = -1.0 is outside 0 to … grams\.$"):
        registry.make("apple", {"weight": -1})


def test_plugin_is_found_listed_and_made(registry, installed):
    installed({"kiwi": "fruit_plugin:Kiwi"})
    assert registry.names() == ("apple", "kiwi")
    assert list(registry) == ["apple", "kiwi"]
    assert "kiwi" in registry
    assert registry.make("kiwi", {"slices": 6}).slices == 6
    assert registry.origin("kiwi") == "fruit-salad"
    assert registry.origin("apple") == "durometer"


def test_broken_plugin_is_named_and_skipped(registry, installed):
    installed({"kiwi": "fruit_plugin:Kiwi", "rotten": "fruit_plugin:Missing"})
    with pytest.warns(
        UserWarning, match=r"fruit 'rotten': the plug-in 'fruit_plugin:Missing' could not be loaded"
    ):
        found = dict(registry.working())
    assert sorted(found) == ["apple", "kiwi"]
    with pytest.raises(UsageError, match="Update or uninstall the package that brings it"):
        registry.get("rotten")


def test_errors_collision_with_ours(registry, installed):
    installed({"apple": "fruit_plugin:Kiwi"})
    with pytest.raises(
        UsageError, match=r"'fruit_plugin:Kiwi' takes the name 'apple', which is taken already"
    ):
        registry.names()
    assert registry.make("apple") == Apple()  # ours still work


def test_errors_collision_of_two_plugins(registry, installed):
    installed({"kiwi": "fruit_plugin:Kiwi"})
    installed({"kiwi": "other_plugin:Kiwi"}, module="other_plugin", dist="other-salad")
    with pytest.raises(UsageError, match="takes the name 'kiwi', which is taken already"):
        registry.get("kiwi")


def test_describe():
    assert describe(Apple) == "A fruit."
