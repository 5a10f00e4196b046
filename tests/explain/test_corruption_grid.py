"""mCE is found in a record that holds all of its corruptions, and in no other."""

import pytest

from durometer.data.published_corruptions import NAMES
from durometer.explain.corruption_grid import FIFTEEN, grids
from durometer.explain.published import PublishedMeasures
from durometer.explain.study import Study
from durometer.explain.summarize import summarize
from durometer.measures.normalizers import ALEXNET

CANVAS = [1] * 9 + [0]


def found(record):
    return {(x.measure, x.about): x for x in PublishedMeasures()(Study.read(record), (), record)}


def made(toy, names=FIFTEEN, profile="imagenet-c", premade=""):
    """A record in which severity s of every corruption makes s of ten samples fail, beside the clean one."""
    scores, conditions = {("m", "k-canvas"): CANVAS}, {}
    for name in names:
        for s in range(1, 6):
            key = f"{name}-{s}"
            words = toy.condition(name="premade" if premade else name.replace("contrast", "low-contrast"))
            words.words["spec"]["params"] = (
                {"variant": key, "edit": f"{premade}:{name}:{s}"}
                if premade else {"severity": s, "profile": profile}
            )  # fmt: skip
            conditions[key] = words
            scores["m", key] = [0] * s + [1] * (9 - s) + [0]
    return toy.record(scores, conditions)


def test_oracle_fifteen_corruptions_make_an_mce(toy):
    # errors s/10 + 1/10: mean over severities .4; clean .1. The mean of .4 / A_c and of .3 / (A_c − .43478)
    got = found(made(toy))
    about = "ImageNet-C-style, profile imagenet-c"
    assert set(got) == {
        ("mCE", about), ("relative mCE", about), ("relative corruption robustness", about)
    }  # fmt: skip
    assert got["mCE", about].value.value == pytest.approx(sum(0.4 / a for a in ALEXNET.values()) / 15)
    assert got["relative mCE", about].value.value == pytest.approx(
        sum(0.3 / (a - 0.43478) for a in ALEXNET.values()) / 15
    )
    assert got["relative corruption robustness", about].value.value == pytest.approx(0.6 / 0.9)
    assert got["mCE", about].source == "hendrycks2019"
    assert not got["mCE", about].experimental


def test_published_images_are_called_by_their_benchmark(toy):
    got = found(made(toy, premade="imagenet-c"))
    assert ("mCE", "ImageNet-C") in got
    assert set(found(made(toy, premade="cifar-10-c"))) == {("relative corruption robustness", "CIFAR-10-C")}
    assert {m for m, _ in found(made(toy, profile="tiny-c"))} == {"relative corruption robustness"}


def test_without_one_corruption_there_is_no_value_and_it_is_named(toy):
    record = made(toy, names=[n for n in FIFTEEN if n not in ("fog", "contrast")])
    assert found(record) == {}
    (grid,) = grids(Study.read(record))
    assert grid.missing == ("fog", "contrast")
    gap = next(g for g in summarize(record).not_measured if g.what.startswith("mCE"))
    assert gap.what == "mCE (ImageNet-C-style, profile imagenet-c)"
    assert "fog, contrast are not all there" in gap.why
    assert gap.fix == "Run all of them with the suite imagenet-c"
    published = summarize(made(toy, names=FIFTEEN[:3], premade="imagenet-c")).not_measured
    gap = next(g for g in published if g.what == "mCE (ImageNet-C)")
    assert gap.fix == "Download the others too"


def test_a_record_without_corruptions_says_nothing_of_mce(toy):
    record = toy.record({("m", "k-canvas"): CANVAS}, {})
    assert grids(Study.read(record)) == ()
    assert not [g for g in summarize(record).not_measured if g.what.startswith("mCE")]
    assert NAMES[:15] == FIFTEEN


def test_extra_corruptions_are_no_part_of_it(toy):
    got = found(made(toy, names=NAMES))
    assert got["mCE", "ImageNet-C-style, profile imagenet-c"].value.n == 10
