"""What every stressor of the registry must keep, whatever it does."""

from dataclasses import FrozenInstanceError, fields

import pytest
import torch

from durometer.core import Dial, Dice, PlanError, stress
from durometer.core.params import parameters
from durometer.core.references import references
from durometer.core.sceptic import same_again
from durometer.stress import STRESSORS

FOREIGN = {"nrtk", "diffusion-background"}  # need what another package made: see the tests of their own
NAMES = tuple(n for n in STRESSORS.names() if n not in FOREIGN)
OBJECT_EDITS = [
    n for n in NAMES if STRESSORS.get(n).family == "attributes" and "mask" in STRESSORS.get(n).needs
]
SETTINGS = {
    "random-background": [{}],
    "texture-background": [{"kind": "spots"}, {"kind": "clouds"}],
    "background-complexity": [{"factor": 0.5}, {"target": 0.05, "by": "spectrum"}],
    "only-foreground": [{"color": [0.1, 0.9, 0.3]}],
    "size": [{"share": 0.02}, {"share": 0.3}],
    "published-size": [{"share": 0.05}, {"share": "full"}],
    "published-direction": [{"within": 180}],
    "position": [{"cell": "bottom-right"}, {"at": [0.4, 0.6]}],
    "direction": [{"angle": 180}, {"within": 180, "lose": 1}],
    "flip-object": [{"over": "up-down", "lose": 1}],
    "object-color": [{"hue": 90}, {"saturation": 0.2, "value": 1.5}],
    "object-texture": [{"kind": "checks", "color": "texture"}, {"kind": "spots", "amount": 0.5}],
    "donor-texture": [{"color": "object"}],
    "object-lighting": [{"angle": 30, "strength": 0.4}],
    "object-blur": [{"sigma": 0.05}],
    "background-blur": [{"sigma": 0.01}],
    "illuminant": [{"kelvin": 9000}, {"kelvin": 6504, "gain": [1, 0.5, 2]}],
    "lighting-direction": [{"angle": 200, "strength": 0.9}],
    "haze": [{"density": 0.1, "depth": 1}],
    "distance": [{"times": 1.3, "density": 0}],
    "occlusion": [{"share": 0.2, "by": "bars"}, {"share": 0.7, "by": "ellipse"}],
    "occluder-beside": [{"share": 0.2, "by": "bars"}, {"by": "ellipse"}],
    "object-occlusion": [{"share": 0.2}, {"place": "beside"}],
    "shadow": [{"angle": 50, "strength": 1}, {"angle": -140, "softness": 0}],
    "shape-patches": [{"of": "picture", "grid": 3}, {"cell": 0.1}],
    "shape-gram": [{"steps": 2}, {"of": "picture", "steps": 2}],
    "attribute-transfer": [
        {"extent": 1, "seam": "hard", "align": "whole"},
        {"start": "center", "align": "axes"},
    ],
    "appearance-transfer": [{"by": "transport", "strength": 0.5}, {"like": "background"}],
    "object-swap": [{"turn": False, "lose": 1}],
    "flip": [{"over": "up-down"}],
    "rotate": [{"degrees": 40, "toward": "left"}],
    "shift": [{"share": 0.5, "toward": "up"}],
    "zoom": [{"factor": 0.3}, {"factor": 3}],
    "gray": [{"amount": 0.3}],
    "faint-noise": [{"levels": 20, "where": "background"}],
    "blur": [{"sigma": 0.1}],
    "contrast": [{"factor": 3}],
    "low-resolution": [{"side": 11}, {"side": 9, "filter": "bicubic"}],
    "defocus-blur": [{"severity": 5}],
    "glass-blur": [{"severity": 5}, {"profile": "cifar-c", "severity": 4}],
    "fog": [{"severity": 5}],
    "frost": [{"severity": 5, "profile": "tiny-c"}],
    "snow": [{"severity": 1}],
    "spatter": [{"severity": 5}],
}
CASES = [(n, p) for n in NAMES for p in ({}, *(s for s in SETTINGS.get(n, []) if s))]
IDS = [f"{n}-{i}" for i, (n, _) in enumerate(CASES)]


def dice(stressor, batch, draw=0):
    return Dice(7, stressor.name, stressor.version, batch.ids, draw)


def show(stressor, batch, draw=0):
    return stress(stressor, batch, dice(stressor, batch, draw))


def assert_same(one, i, other, j):
    assert one.refused.get(i) == other.refused.get(j)
    assert {k: v[i] for k, v in one.facts.items()} == {k: v[j] for k, v in other.facts.items()}
    if i not in one.refused:
        assert torch.equal(one.x[i], other.x[j])
        if "mask" in one.aux:
            assert torch.equal(one.aux["mask"][i], other.aux["mask"][j])


@pytest.mark.parametrize(("name", "values"), CASES, ids=IDS)
class TestEach:
    def test_the_sceptic_believes_it_and_hears_the_same_twice(self, name, values, wide):
        stressor = STRESSORS.make(name, values)
        before = [t.clone() for t in (wide.x, *wide.aux.values())]
        draw = 1 if stressor.family == "sequences" else 0  # the first frame of some is the picture itself
        first = show(stressor, wide, draw)
        same_again(stressor, wide, dice(stressor, wide, draw), first)
        assert all(torch.equal(a, b) for a, b in zip(before, (wide.x, *wide.aux.values()), strict=True))
        assert len(first.refused) < len(wide)
        kept = [i for i in range(len(wide)) if i not in first.refused]
        assert not torch.equal(first.x[kept], wide.x[kept])

    def test_a_sample_gets_its_change_in_any_batch(self, name, values, wide):
        stressor = STRESSORS.make(name, values)
        together = show(stressor, wide)
        for i in range(len(wide)):
            assert_same(show(stressor, wide.select([i])), 0, together, i)
        order = [5, 2, 6, 0, 3, 1, 4]
        shuffled = show(stressor, wide.select(order))
        for j, i in enumerate(order):
            assert_same(shuffled, j, together, i)

    def test_another_size_of_canvas(self, name, values, make_batch):
        stressor = STRESSORS.make(name, values)
        for height, width in ((64, 64), (40, 90), (16, 16)):
            batch = make_batch(2, height, width, share=0.15)
            assert show(stressor, batch).x.shape == batch.x.shape

    def test_facts_are_plain_and_absent_where_refused(self, name, values, wide):
        result = show(STRESSORS.make(name, values), wide)
        for column in result.facts.values():
            for i, value in enumerate(column):
                assert value is None or isinstance(value, str | int | float | bool)
                assert (i in result.refused) <= (value is None)


@pytest.mark.parametrize("name", NAMES)
class TestDeclarations:
    def test_it_is_frozen_and_says_what_it_does(self, name):
        cls = STRESSORS.get(name)
        made = STRESSORS.make(name)
        assert cls.name == name
        assert len(cls.__doc__) > 40
        assert isinstance(made.dial, Dial)
        assert made.title
        assert not made.title.startswith(cls.__name__)
        for field in fields(cls):
            with pytest.raises(FrozenInstanceError):
                setattr(made, field.name, 0)

    def test_every_parameter_is_explained(self, name):
        for parameter in parameters(STRESSORS.get(name)):
            assert parameter.info.doc, parameter.name
            assert not parameter.required
            if parameter.type in (float, int):
                assert parameter.info.low is not None, parameter.name

    def test_its_control_and_its_source_exist(self, name):
        cls = STRESSORS.get(name)
        assert cls.control is None or cls.control in NAMES
        assert not cls.source or cls.source in references()
        assert cls.needs <= {"mask", "filled", "donor", "premade", "reference"}

    def test_a_spec_makes_it_again(self, name):
        made = STRESSORS.make(name)
        assert STRESSORS.make(name, STRESSORS.spec(made).params) == made

    def test_a_parameter_it_lacks_is_refused_by_name(self, name):
        with pytest.raises(PlanError, match="unknown parameter 'colour'"):
            STRESSORS.make(name, {"colour": 1})


def test_controls_are_where_the_fill_shows():
    control = {n: STRESSORS.get(n).control for n in NAMES}
    exposed = {"size", "position", "direction", "flip-object", "only-background"}
    exposed |= {"published-size", "published-position", "published-direction"}
    exposed |= {"distance", "shape-patches", "shape-gram", "object-swap"}
    assert {n for n, c in control.items() if c == "placebo-edit"} == exposed
    assert {n for n, c in control.items() if c == "occluder-beside"} == {"occlusion"}
    assert {n for n, c in control.items() if c == "null-edit"} == {
        "random-background", "given-background", "texture-background", "only-foreground", "full-size",
        "background-complexity", "object-color", "object-texture", "donor-texture", "object-lighting",
        "object-blur", "background-blur",
    }  # fmt: skip
    diagnostics = {"only-background", "shape-patches", "shape-gram", "object-swap"}
    assert {n for n in NAMES if not STRESSORS.get(n).keeps_label} == diagnostics


@pytest.mark.parametrize("name", OBJECT_EDITS)
def test_masks_that_can_not_be_edited_are_refused(name, make_batch):
    batch = make_batch(5, 64, 64)
    mask = batch.aux["mask"].clone()
    mask[0] = 0
    mask[1] = 1
    mask[2] = 0
    mask[2, :, 30:33, 30:33] = 1
    mask[3] *= 0.01
    result = show(STRESSORS.make(name), batch.but(aux={**batch.aux, "mask": mask}))
    assert result.refused[0].startswith("the mask is empty")
    assert result.refused[1].startswith("the mask covers the canvas and leaves no background")
    assert result.refused[2].startswith("the object has fewer than the 16 pixels that an edit needs")
    assert result.refused[3].startswith("the object has")
    assert 4 not in result.refused


@pytest.mark.parametrize("name", OBJECT_EDITS)
def test_what_an_earlier_edit_refused_stays_refused(name, wide):
    before = wide.but(refused={1: "no reason"}, facts={"lighting": ("dim",) * 7})
    result = show(STRESSORS.make(name), before)
    assert result.refused[1] == "no reason"
    assert result.facts["lighting"] == ("dim",) * 7


@pytest.mark.parametrize(
    ("name", "fact", "severities"),
    [
        ("direction", "angle", ({"within": 10, "lose": 1}, {"within": 20, "lose": 1})),
        ("rotate", "angle", ({"degrees": 5}, {"degrees": 10})),
        ("shift", "toward", ({"share": 0.05}, {"share": 0.2})),
    ],
)
def test_severity_never_enters_the_dice(name, fact, severities, wide):
    # what is drawn is the same at every severity, or scales with it
    one, two = (show(STRESSORS.make(name, values), wide).facts for values in severities)
    if fact == "toward":
        assert one[fact] == two[fact]
    else:
        assert one[fact] == pytest.approx([a / 2 for a in two[fact]], abs=1e-3)


@pytest.mark.parametrize(
    "name",
    ["position", "direction", "placebo-edit", "texture-background", "rotate", "shift", "object-color",
     "object-texture", "object-lighting", "lighting-direction", "occlusion", "occluder-beside", "shadow"],
)  # fmt: skip
def test_draws_differ_and_belong_to_the_sample(name, wide):
    stressor = STRESSORS.make(name)
    draws = [show(stressor, wide, draw) for draw in range(3)]
    assert not torch.equal(draws[0].x, draws[1].x)
    assert not torch.equal(draws[1].x, draws[2].x)


def test_edits_compose(canvas):
    # smaller, then to the top left, then turned: each reads what the one before returned
    batch = canvas
    for name, values in (
        ("size", {"share": 0.05}),
        ("position", {"cell": "top-left"}),
        ("direction", {"angle": 20}),
    ):
        batch = show(STRESSORS.make(name, values), batch)
    assert not batch.refused
    for i in range(4):
        assert batch.facts["object_share"][i] == pytest.approx(0.05, abs=1e-3)
        assert batch.facts["cell"][i] == "top-left"
        assert batch.facts["center_x"][i] < 1 / 3


def test_an_object_that_is_gone_stands_nowhere(canvas):
    moved = show(STRESSORS.make("position"), canvas)
    assert moved.facts["center_x"][0] is not None
    assert "center_x" not in show(STRESSORS.make("only-background"), moved).facts


def test_a_background_edit_hands_its_background_on(canvas):
    changed = show(STRESSORS.make("random-background"), canvas)
    smaller = show(STRESSORS.make("size", {"share": 0.03}), changed)
    corner = (slice(None), slice(None), slice(0, 40), slice(0, 40))
    outside = canvas.aux["mask"][corner].max() == 0
    assert bool(outside)
    assert (smaller.x[corner] - canvas.aux["donor"][corner]).abs().max() < 0.5 / 255 + 1e-6
