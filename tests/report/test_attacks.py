"""The section of attacks: figures stand in both forms, names are escaped, doubts and warnings are visible."""

import re
from dataclasses import dataclass, replace

import pytest

from durometer.core import Estimate
from durometer.explain.attack_figures import AgainstLuck, AttackFigures
from durometer.explain.attacks import AtRadius, UnderAttack
from durometer.explain.passes import Spent
from durometer.explain.smallest import Smallest
from durometer.report.section import SECTIONS, View
from durometer.report.sections.attacks import doubts, kind, lines, marks, steps, ticks, unit
from durometer.stats import Median

HOSTILE = '<b onload="x">|'


def share(value):
    return Estimate(value, value - 0.05, value + 0.05, 40)


SPENT = Spent(22.0, 20.0, 1680, ((1, share(0.8)), (10, share(0.4)), (100, share(0.3))))
LUCK = AgainstLuck(41, share(0.35), 0.0004)
PGD = AttackFigures("k", f"pgd, {HOSTILE}", "pgd", share(0.3), 14, (), SPENT, LUCK)
ENSEMBLE = AttackFigures("k2", "autoattack", "autoattack", share(0.25), 2, (("apgd-t", 2),), None, None)
AT = AtRadius("Linf within 8/255", 8 / 255, share(0.2), (PGD, ENSEMBLE))
NEAR = Smallest("k3", "fmn", "fmn", Median(0.021, 0.018, float("inf"), 32), 32, 5, 1.0, 0.97)
CURVE = ((4 / 255, share(0.5)), (8 / 255, share(0.2)))
ONE = UnderAttack(HOSTILE, '{"name":"linf","params":{}}', share(0.8), CURVE, (AT,), (NEAR,))


@pytest.fixture
def summary(fake):
    return replace(fake.one(), more={"attacks": (ONE,)})


def test_contract_the_section_shows_only_what_is_there(fake, summary):
    section = SECTIONS.get("attacks")()
    assert section.holds(summary)
    assert not section.holds(fake.one())
    assert section.data(summary)["attacks"] == (ONE,)


def test_oracle_figures_stand_in_both_forms(summary):
    section = SECTIONS.get("attacks")()
    html, text = section.html(summary, View(gallery=None)), section.markdown(summary)
    for page in (html, text):
        assert HOSTILE not in page
        flat = " ".join(re.sub(r"<[^>]+>", " ", page).replace("\u00a0", " ").split())
        for figure in (
            "Linf within 8/255", "20.0", "15.0 to 25.0", "35.0", ".001", "41", "22, 20", "1,680",
            "apgd-t 2", "0.021 (0.018 to not reached)", "32", "5", "0.97", "80.0",
        ):  # fmt: skip
            assert figure in flat, figure


def test_a_finding_of_nearest_inputs_alone_is_shown(summary):
    bare = replace(summary, more={"attacks": (replace(ONE, at=()),)})
    section = SECTIONS.get("attacks")()
    assert "0.021" in section.html(bare, View(gallery=None))
    assert "0.021" in section.markdown(bare)


def test_oracle_axes():
    assert kind((ONE,)) == "Linf"
    assert kind((replace(ONE, at=(replace(AT, threat="a patch of 5 %"),)),)) == "linf"
    assert unit((ONE,)) == "radius, in 255ths of the input range"
    (line,) = lines((ONE,))
    # log2(1 + r / 4): 0 at 0, 1 at 4, log2(3) at 8; before any attack 80 %
    assert [p for p, _ in line.points] == [0.0, 1.0, pytest.approx(1.58496, abs=1e-5)]
    assert [v for _, v in marks((ONE,))] == [0.0, pytest.approx(4), pytest.approx(8)]
    (curve,) = steps(AT)  # the ensemble does not say what it spent
    assert (curve.name, [d for d, _, _ in curve.points]) == ("pgd", [0.0, 0.5, 1.0])
    assert ticks(AT) == ((0.0, 1.0), (0.5, 10.0), (1.0, 100.0))


def test_an_attack_that_luck_equals_is_named_aloud(summary):
    assert doubts((ONE,)) == ()
    weak = replace(PGD, luck=replace(LUCK, p=0.3))
    found = (replace(ONE, model="net", at=(replace(AT, attacks=(weak,)),)),)
    said = "pgd can't be told from random search on net (n = 40): what it leaves right says little."
    assert doubts(found) == (said,)
    page = SECTIONS.get("attacks")().html(replace(summary, more={"attacks": found}), View(gallery=None))
    assert 'class="warning"' in page


def test_what_the_checks_for_masked_gradients_found_is_repeated(summary):
    @dataclass
    class Masked:
        warning: str

    more = {**summary.more, "masking": (Masked("Gradients of <net> vanish."), Masked(""))}
    section, flagged = SECTIONS.get("attacks")(), replace(summary, more=more)
    assert "Gradients of &lt;net&gt; vanish." in section.html(flagged, View(gallery=None))
    assert "**Gradients of &lt;net&gt; vanish.**" in section.markdown(flagged)
    assert section.html(flagged, View(gallery=None)).count('class="warning"') == 1
