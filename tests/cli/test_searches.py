"""Searches on the command line: listed, shown, run from an option, and a found edit made again."""

import json
import re

import pytest

from durometer.cli.app import app
from durometer.cli.options import conditions_of
from durometer.cli.shell import guarded
from durometer.core import PlanError
from durometer.records import Record
from durometer.run import suites
from durometer.run.conditions import expand, make
from durometer.run.toml import condition


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")


def durometer(*arguments):
    return guarded(app, [str(a) for a in arguments])


def test_options_name_searches_and_their_lists_are_not_expanded():
    (plan,) = conditions_of({"condition": ["worst-angle(angles=[-20,20])"]})
    assert (plan.kind, plan.name) == ("search", "worst-angle")
    (one,) = expand(plan)
    assert make(one).search.angles == (-20.0, 20.0)


def test_ls_and_show_know_them(capsys):
    assert durometer("ls", "conditions") == 0
    assert "worst-background" in capsys.readouterr().out
    assert durometer("show", "smallest-size") == 0
    shown = capsys.readouterr().out
    assert "smallest-size  (search, version 1)" in shown
    assert "share of the canvas to begin with" in shown


def test_the_suite_holds_what_it_promises():
    names = [c.name for c in suites.load("worst-case").conditions]
    assert names[:2] == ["worst-background", "worst-position"]
    assert all(make(e).search for c in suites.load("worst-case").conditions for e in expand(c))


def test_a_run_from_the_command_line_with_its_report(tmp_path, capsys):
    search = "worst-of(of='rotate(degrees=[10, 40])')"
    code = durometer("run", "-d", "scenes:same", "-m", "scenes/cnn", "-n", 4, "--canvas", 32, "-c", search,
                     "-o", "out", "--json")  # fmt: skip
    assert code == 0
    found = json.loads(capsys.readouterr().out)
    assert "worst rotate of 2" in json.dumps(found)
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Worst cases" in page
    assert "null of worst rotate of 2" in page
    facts = [json.loads(f) for f in Record.open(tmp_path / "out").rows()["facts"]]
    recipes = {f["recipe"] for f in facts if "recipe" in f}
    assert recipes
    assert all(re.fullmatch(r"rotate\(degrees=(10|40)\)", r) for r in recipes)


def test_errors_a_condition_of_two_kinds():
    with pytest.raises(PlanError, match="exactly one of stress, attack and search"):
        condition({"search": "worst-angle", "attack": "pgd"}, where="here")
