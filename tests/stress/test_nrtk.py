"""Perturbers of NRTK's shape as a stressor: none of NRTK is needed."""

import json

import numpy as np
import pytest
import torch

from durometer.core import Batch, Dice, PlanError, canonical_json, stress
from durometer.core.sceptic import same_again
from durometer.stress import STRESSORS
from durometer.stress.nrtk import Nrtk


class Darker:
    """Multiplies by a factor, rounding down."""

    def __init__(self, factor=0.5):
        self.factor = factor

    def perturb(self, *, image, boxes=None, **kwargs):
        assert image.dtype == np.uint8
        assert image.flags["C_CONTIGUOUS"]
        return (image * self.factor).astype(np.uint8), boxes

    def get_config(self):
        return {"factor": np.float64(self.factor)}


class Roll(Darker):
    """Rolls by a random step right; remembers its generator between calls, as NRTK's do."""

    def __init__(self, seed=None):
        self.seed, self.random = seed, np.random.default_rng(seed)

    @classmethod
    def from_config(cls, config, merge_default=True):
        return cls(**config)

    def perturb(self, *, image, boxes=None, most=8):
        return np.roll(image, int(self.random.integers(1, most)), axis=1), boxes

    def get_config(self):
        return {"seed": self.seed}


class Smaller(Darker):
    def perturb(self, *, image, boxes=None):
        return image[1:], boxes


class Crashing(Darker):
    def perturb(self, *, image, boxes=None):
        if image[0, 0, 0] == 9:
            raise RuntimeError("a nine\nat the corner")
        return image, boxes


class Grayish(Darker):
    def perturb(self, *, image, boxes=None):
        return image[..., 1], boxes


def batch(n=5, height=10, width=12):
    levels = np.random.default_rng(0).integers(0, 256, (n, 3, height, width)).astype(np.float32)
    x = torch.from_numpy(levels) / 255
    mask = (torch.arange(width) < 4).float().expand(n, 1, height, width).contiguous()
    aux = {"mask": mask, "filled": x, "donor": x}
    return Batch(tuple(f"s{i}" for i in range(n)), x, (frozenset({0}),) * n, aux)


def shown(stressor, given):
    dice = Dice(1, "nrtk", stressor.version, given.ids)
    result = stress(stressor, given, dice)
    same_again(stressor, given, dice, result)
    return result


def test_oracle_pixels_by_hand():
    given = batch()
    result = shown(Nrtk.of(Darker(0.25)), given)
    assert result.x.mul(255).round().equal((given.x.mul(255).round() * 0.25).floor())
    assert result.aux["mask"].equal(given.aux["mask"])
    assert not {"filled", "donor"} & set(result.aux)  # of the picture as it was
    assert not result.refused


def test_oracle_a_random_one_belongs_to_the_sample_and_takes_the_mask_along():
    given, stressor = batch(), Nrtk.of(Roll(), moves=True, most=6)
    result = shown(stressor, given)
    steps = []
    for i in range(5):
        (step,) = [k for k in range(1, 6) if result.x[i].equal(given.x[i].roll(k, dims=-1))]
        assert result.aux["mask"][i].equal(given.aux["mask"][i].roll(step, dims=-1))
        steps.append(step)
    assert len(set(steps)) > 1
    order = [3, 0, 4, 1, 2]
    again = shown(stressor, given.select(order))
    assert again.x.equal(result.x[order])
    other = stress(stressor, given, Dice(2, "nrtk", 1, given.ids))
    assert not other.x.equal(result.x)
    named = STRESSORS.make("nrtk", {"perturber": f"{__name__}:Roll", "given": {"most": 6}, "moves": True})
    assert shown(named, given).x.equal(result.x)  # a seed that is not even mentioned is ours too
    seeded = shown(Nrtk.of(Roll(seed=4), moves=True), given)  # its own seed: the same for every sample
    (step,) = [k for k in range(1, 8) if seeded.x[0].equal(given.x[0].roll(k, dims=-1))]
    assert seeded.x.equal(given.x.roll(step, dims=-1))


def test_a_picture_that_fails_is_not_edited_and_says_why():
    given = batch()
    x = given.x.clone()
    x[2, 0, 0, 0] = 9 / 255
    result = shown(Nrtk.of(Crashing()), given.but(x=x, refused={4: "before"}))
    assert result.refused == {2: "Crashing failed: a nine at the corner", 4: "before"}
    every = shown(Nrtk.of(Smaller()), given)
    assert every.refused[0].startswith("Smaller failed: it returned (9, 12, 3) uint8 for (10, 12, 3) uint8")
    assert len(every.refused) == 5


def test_oracle_a_gray_answer_is_spread():
    given = batch()
    assert shown(Nrtk.of(Grayish()), given).x.equal(given.x[:, 1:2].expand(-1, 3, -1, -1))


def test_a_spec_in_plain_json_makes_it_again():
    made = Nrtk.of(Darker(0.3), theta_key="factor")
    spec = STRESSORS.spec(made)
    assert json.loads(canonical_json(spec.json()))["params"]["config"] == {"factor": 0.3}
    assert STRESSORS.make("nrtk", spec.params) == made
    assert (made.title, made.dial.axis, made.dial.severity) == ("Darker, factor 0.3", "Darker factor", 0.3)
    named = STRESSORS.make("nrtk", {"perturber": f"{__name__}:Darker", "theta_key": "factor", "theta": 0.3})
    assert shown(named, batch()).x.equal(shown(made, batch()).x)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "the parameter 'perturber' must be given"),
        ({"perturber": "nowhere"}, "'nowhere' is not of the form package.module:Class"),
        ({"perturber": "no_such_package:X"}, "can't be imported"),
        ({"perturber": "json:Nothing"}, "there is no 'Nothing' in json"),
        ({"perturber": "json:JSONDecoder"}, r"has no perturb\(image=, boxes=\)"),
        ({"perturber": f"{__name__}:Darker", "config": {"color": 1}}, "can't be made of its configuration"),
        ({"perturber": f"{__name__}:Darker", "theta": 1}, "theta_key and theta go together"),
    ],
)
def test_errors(values, said):
    with pytest.raises(PlanError, match=said):
        STRESSORS.make("nrtk", values)
