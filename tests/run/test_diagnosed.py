"""After attacks along gradients a record says whether they can be believed, and the report says it first."""

import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from durometer.core import InputSpec, ModelCard
from durometer.data import InMemory
from durometer.explain import summarize
from durometer.explain.masking import Check, Masking
from durometer.models import ModuleModel
from durometer.report.html.page import report
from durometer.report.screen import terminal
from durometer.report.sections.masking import MaskingSection
from durometer.report.sections.verdict import Verdict, warnings
from durometer.run import DataPlan, ModelPlan, Plan, run
from durometer.run.toml import condition

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))


@pytest.fixture(scope="module")
def digits():
    from digit_networks import TRAIN, digits

    x, y = digits()
    return InMemory(
        x[TRAIN : TRAIN + 40].numpy(), y[TRAIN : TRAIN + 40].numpy(), labels=tuple("0123456789"), name="d"
    )


def model(which):
    from digit_networks import network

    net = network()
    net.load_state_dict(load_file(ROOT / "tests" / "attack" / "networks" / f"{which}.safetensors"))
    card = ModelCard(which, "", labels=tuple("0123456789"), input=InputSpec(size=(32, 32), channels=1))
    return ModelPlan(ModuleModel(net, card))


def attacked(digits, path, *models, **attack):
    words = {"attack": "pgd", "steps": 5, "threat": {"name": "linf", "epsilon": 0.1}, **attack}
    return run(Plan(models, DataPlan(digits), (condition(words, where="test"),), batch_size=16), path)


def test_a_masking_network_is_flagged_at_the_headline_and_a_plain_one_is_not(digits, tmp_path):
    record = attacked(digits, tmp_path, model("plain"), model("masking"))
    table = record.table("checks")
    flagged = {
        m: set(table["check"][(table["model"] == m) & (table["verdict"] == "flag")])
        for m in ("plain", "masking")
    }
    assert flagged["plain"] == set()
    assert {"zero gradients", "logit scale"} <= flagged["masking"]
    # 40 samples of 6 + 5 passes give no room beyond the fewest points
    assert set(table["points"]) == {12}
    record.verify()
    summary = summarize(record)
    assert [one.model for one in summary.more["masking"]] == ["plain", "masking"]
    (warning,) = warnings(summary)
    assert warning.startswith("Gradients of masking may be masked, and its accuracy under attack too high: ")
    assert warning in Verdict().data(summary)["warnings"]
    assert "may be masked" in Verdict().markdown(summary)
    page = report(summary, record.artifact)
    assert warning.split(": ")[0] in page
    assert page.index("may be masked") < page.index("Checks of masking")  # the flag stands above the details
    assert "Gradients of masking may be masked" in terminal(summary, width=100, color=False)
    section = MaskingSection()
    assert section.holds(summary)
    lines = section.markdown(summary).splitlines()
    assert len(lines) == 2 + 2 * 15
    masking = [line for line in lines if line.startswith("| masking")]
    assert " flag " in masking[0]  # flags come first
    assert section.data(summary)["masking"] == summary.more["masking"]


def test_a_finished_record_gets_the_same_checks_again_and_only_once(digits, tmp_path):
    first = attacked(digits, tmp_path, model("masking")).table("checks")
    stamp = (tmp_path / "checks.parquet").stat().st_mtime_ns
    again = attacked(digits, tmp_path, model("masking")).table("checks")
    assert (tmp_path / "checks.parquet").stat().st_mtime_ns == stamp
    other = attacked(digits, tmp_path / "other", model("masking")).table("checks")
    for name in ("check", "verdict", "sentence"):
        assert first[name].tolist() == again[name].tolist() == other[name].tolist()


def test_nothing_is_checked_without_gradients_or_without_attacks(digits, tmp_path):
    words = {"attack": "square", "queries": 5, "threat": {"name": "linf", "epsilon": 0.1}}
    record = run(
        Plan((model("plain"),), DataPlan(digits), (condition(words, where="t"),), batch_size=16), tmp_path
    )
    assert "checks" not in record.manifest["tables"]
    assert "masking" not in summarize(record).more


def test_wording_of_the_warning():
    flags = tuple(Check(n, "flag", 1.0, 0.1, f"{n} is bad.") for n in ("a", "b", "c"))
    passed = Check("d", "pass", 0.0, 0.1, "d is well.")
    found = Masking("net", "key", "pgd", 12, 100, (passed, *flags))
    assert found.flags == flags
    assert found.warning == (
        "Gradients of net may be masked, and its accuracy under attack too high: a is bad. Flagged as "
        "well: b, c."
    )
    assert Masking("net", "key", "pgd", 12, 100, (passed,)).warning == ""
