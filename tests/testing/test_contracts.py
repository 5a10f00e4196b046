"""The checks find what they promise to find, and pass what is sound."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest
import torch

from durometer.core import Dial, Estimate, ExtensionError, Measure, ModelCard, Param, Stressor
from durometer.measures import MEASURES
from durometer.testing import (
    check_attack,
    check_dataset,
    check_measure,
    check_model,
    check_stressor,
    check_threat,
)
from durometer.testing.scenes import ToyData, toy_batch
from durometer.testing.toys import Toy, constant, wrong_classes
from durometer.threat import Linf


@dataclass(frozen=True)
class Dim(Stressor):
    """Darken by a factor that the dice draw for each sample, the object's pixels only."""

    strength: Annotated[float, Param("share of the light taken", low=0, high=1)] = 0.5

    name: ClassVar[str] = "dim"
    needs: ClassVar[frozenset[str]] = frozenset({"mask"})

    def __call__(self, batch, dice, /):
        amount = self.strength * dice.uniform("amount")[:, None, None, None]
        return batch.but(x=batch.x * (1 - amount * batch.aux["mask"]))


def variant(**members):
    """The stressor above with some members replaced."""
    made = type("Dim", (Dim,), {"__doc__": Dim.__doc__, **members})
    return dataclass(frozen=True)(made)


def through_numpy(self, batch, dice, /):
    batch.x.numpy()[:] *= 0.5
    return batch.but(x=batch.x.clone())


def by_place(self, batch, dice, /):
    return batch.but(x=batch.x * (torch.arange(len(batch)) == 0).float()[:, None, None, None])


def by_neighbors(self, batch, dice, /):
    return batch.but(x=batch.x / 2 + batch.x.mean() / 2)


def global_torch(self, batch, dice, /):
    return batch.but(x=batch.x * torch.rand(()))


def global_python(self, batch, dice, /):
    return batch.but(x=batch.x * random.random())


def global_numpy(self, batch, dice, /):
    return batch.but(x=batch.x * np.random.rand())


def fragile(self, batch, dice, /):
    share = batch.aux["mask"].mean(dim=(1, 2, 3)).tolist()
    return batch.but(x=batch.x.clone(), facts={"n": tuple(1 / s for s in share)})


def silent(self, batch, dice, /):
    empty = (batch.aux["mask"].amax(dim=(1, 2, 3)) == 0).nonzero()[:, 0].tolist()
    return batch.but(x=batch.x.clone(), refused=dict.fromkeys(empty, " "))


def strange_facts(self, batch, dice, /):
    return batch.but(x=batch.x.clone(), facts={"at": ((1, 2),) * len(batch)})


def refuses_all(self, batch, dice, /):
    return batch.but(refused=dict.fromkeys(range(len(batch)), "no"))


def too_bright(self, batch, dice, /):
    return batch.but(x=batch.x + 0.5)


def mask_by_place(self, batch, dice, /):
    mask = batch.aux["mask"] * torch.linspace(1, 0.5, len(batch))[:, None, None, None]
    return batch.but(x=batch.x.clone(), aux={**batch.aux, "mask": mask})


STRESSORS = [
    ({"__call__": through_numpy}, "stressor 'dim': it changed x in place; work on a copy"),
    ({"__call__": by_place}, "its change of a sample depends on the batch"),
    ({"__call__": by_neighbors}, "its change of a sample depends on the batch"),
    ({"__call__": mask_by_place}, r"its change of a sample depends on the batch: .* \(mask\)"),
    ({"__call__": global_torch}, "it draws from a global random generator"),
    ({"__call__": global_python}, "it draws from a global random generator"),
    ({"__call__": global_numpy}, "it draws from a global random generator"),
    ({"__call__": fragile}, r"one empty mask in the batch makes it fail \(float division by zero\)"),
    ({"__call__": silent}, "it refuses position 0 without a reason"),
    ({"__call__": strange_facts}, "facts must be text, numbers, truth values or None"),
    ({"__call__": refuses_all}, "it refuses every sample of the batch"),
    ({"__doc__": None}, "the class needs a docstring of its own"),
    ({"name": ""}, "name must be a class attribute such as 'my-name'"),
    ({"needs": frozenset({"depth"})}, "needs may name donor, filled, mask, premade, reference, not depth"),
    ({"version": 0}, "version must be a whole number from 1"),
    ({"source": None}, "source must be the key of a reference, or empty"),
    ({"control": 3}, "control must be a name or None"),
    ({"keeps_label": "yes"}, "keeps_label must be True or False"),
    ({"title": " "}, "title must not be empty"),
    ({"dial": Dial("light", float("nan"))}, "dial must be a Dial of finite severity"),
]


def test_contract_passes_a_sound_stressor():
    check_stressor(Dim())
    check_stressor(Dim(strength=1.0), batch=toy_batch(3, 20, 20))


@pytest.mark.parametrize(("members", "message"), STRESSORS)
def test_errors_each_broken_rule_of_a_stressor_is_named(members, message):
    with pytest.raises(AssertionError, match=message):
        check_stressor(variant(**members)())


def test_errors_what_the_shell_finds_comes_through():
    with pytest.raises(ExtensionError, match=r"stressor 'dim': returned x outside \[0, 1\]"):
        check_stressor(variant(__call__=too_bright)())


@dataclass(frozen=True)
class NoWords(Dim):
    """A parameter that nobody explains."""

    extra: int = 3


@dataclass(frozen=True)
class NotPlain(Dim):
    """A parameter that is no JSON."""

    extra: Annotated[Any, Param("a thing")] = frozenset()


@dataclass(frozen=True)
class Forgetful(Dim):
    """A parameter that comes back as something else."""

    extra: Annotated[Mapping[int, int], Param("a table")] = None

    def __post_init__(self):
        object.__setattr__(self, "extra", {1: 2} if self.extra is None else self.extra)


@dataclass
class Thawed:
    """Not frozen."""

    name: ClassVar[str] = "thawed"


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (NoWords(), r"the parameter 'extra' needs Annotated\[…, Param\('…'\)\]"),
        (NotPlain(), "its parameters are not plain JSON"),
        (Forgetful(), "made again from its own parameters it is not equal to itself"),
        (Thawed(), r"the dataclass must be frozen"),
        (constant(), "the class must be a dataclass"),
    ],
)
def test_errors_things_that_can_not_be_made_again(thing, message):
    with pytest.raises(AssertionError, match=message):
        check_stressor(thing)


@pytest.mark.parametrize("name", MEASURES.names())
def test_contract_passes_all_measures(name):
    check_measure(MEASURES.make(name))


@dataclass(frozen=True)
class Share(Measure):
    """Share of right answers, or whatever the test says."""

    name: ClassVar[str] = "share"
    needs: ClassVar[frozenset[str]] = frozenset({"score"})
    better: ClassVar[str] = "higher"
    unit: ClassVar[str] = "share"

    kind: Annotated[str, Param("which mistake")] = ""

    def __call__(self, rows, /):
        score = rows["score"]
        if self.kind == "impure":
            score[:1] = 5
        if len(score) == 0 and self.kind != "proud":
            return Estimate(float("nan"), float("nan"), float("nan"), 0)
        value = {"order": float(score[:1].sum()), "other": float(len(rows))}.get(
            self.kind, float(score.mean() if len(score) else 0)
        )
        return value if self.kind == "bare" else Estimate(value, value - 0.1, value + 0.1, max(len(score), 1))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("impure", "it changed score in place"),
        ("order", "it depends on the order of the rows"),
        ("bare", "it must return an Estimate, not float"),
        ("proud", "no rows must give n = 0"),
    ],
)
def test_errors_broken_measures(kind, message):
    check_measure(Share())
    with pytest.raises(AssertionError, match=f"measure 'share': {message}"):
        check_measure(Share(kind))


def test_errors_measure_of_unknown_columns():
    odd = dataclass(frozen=True)(type("Odd", (Share,), {"__doc__": "Odd.", "needs": frozenset({"colour"})}))
    with pytest.raises(AssertionError, match=r"needs names columns that no record has: \['colour'\]"):
        check_measure(odd())


class Broken(ToyData):
    how = ""
    reads = 0

    def __getitem__(self, i, /):
        sample = super().__getitem__(i)
        Broken.reads += 1
        changes = {
            "id": {"id": "x"},
            "bright": {"x": sample.x * 2},
            "flat": {"x": sample.x[0]},
            "double": {"x": sample.x.double()},
            "target": {"y": frozenset({7})},
            "empty": {"y": frozenset()},
            "mask": {"aux": {"mask": sample.aux["mask"][:, :4]}},
            "facts": {"facts": {"a": [1]}},
            "unsteady": {"x": sample.x * (0.5 + 0.5 / Broken.reads)},
        }
        return replace(sample, **changes.get(self.how, {}))

    def ids(self):
        names = super().ids()
        return {"twice": names[:1] * len(names), "few": names[1:], "bytes": ("\udcff", *names[1:])}.get(
            self.how, names
        )


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("id", r"sample 0: its id is 'x', ids\(\) says 'toy/0000'"),
        ("bright", r"sample 0: x must be finite and in \[0, 1\]"),
        ("flat", r"x must be \(C, H, W\), not \(32, 32\)"),
        ("double", "x must be uint8 or float32, not torch.float64"),
        ("target", r"y = \[7\] is no position in labels"),
        ("empty", "y must be a non-empty frozenset"),
        ("mask", r"the mask is \(1, 4, 32\), x \(3, 32, 32\)"),
        ("facts", "the fact 'a' is no plain value"),
        ("unsteady", "is another when read again"),
        ("twice", "two samples share an id"),
        ("few", "it has 12 samples and 11 ids"),
        ("bytes", "ids must be text that UTF-8 can hold"),
    ],
)
def test_errors_broken_data(how, message):
    data = Broken()
    object.__setattr__(data, "how", how)
    with pytest.raises(AssertionError, match=message):
        check_dataset(data)


def noisy(x):
    return torch.rand(len(x), 3)


def changed(**card):
    made = Toy("changed", lambda x: same_answer(x) + 1)
    made.card = replace(made.card, **card)
    return made


class Outside(Toy):
    def view(self, canvas, /):
        return canvas * 3

    def visible(self, height, width, /):
        return 0.0, 0.0, height + 1.0, width


class Beyond(Toy):
    def visible(self, height, width, /):
        return 0.0, 0.0, height + 1.0, width


def same_answer(x):
    return x.flatten(1)[:, :3]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (wrong_classes(), "model 'wrong-classes': 2 outputs for 3 labels"),
        (Toy("n", noisy), "draws from a global random generator|answers differently"),
        (Toy("b", lambda x: same_answer(x) - x.mean()), "a row's answer depends on its neighbors"),
        (Toy("s", lambda x: x.flatten(1)[0, :3]), r"outputs must be \(B, K\), not \(3,\)"),
        (Toy("i", lambda x: torch.zeros(len(x), 3, dtype=torch.long)), "outputs must be floating point"),
        (Toy("d", lambda x: same_answer(x.detach())), "the card offers gradients, but outputs carry none"),
        (Toy("w", lambda x: same_answer(x.detach().mul_(0.5))), "it changed its input in place"),
        (Outside("o", same_answer), r"view must be in \[0, 1\]"),
        (Beyond("v", same_answer), "is no part of a canvas of 48 x 64"),
        (changed(output="probabilities"), "the card says probabilities, but rows don't sum to 1"),
        (changed(digest=""), "the card needs a name and a digest"),
        (object(), "it needs a ModelCard as `card`"),
    ],
)
def test_errors_broken_models(model, message):
    with pytest.raises(AssertionError, match=message):
        check_model(model)


def test_contract_passes_probabilities():
    fair = Toy("fair", lambda x: same_answer(x).softmax(dim=1))
    fair.card = ModelCard(
        "fair", "d", labels=("a", "b", "c"), output="probabilities", traits=frozenset({"grad"})
    )
    check_model(fair)


SOUND = Linf()


def but(**members):
    """A sound threat, each of whose methods stands alone, with some replaced."""
    sound = {
        "sample": lambda self, x, dice: SOUND.sample(x, dice),
        "box": lambda self, x: SOUND.box(x),
        "project": lambda self, x, other: SOUND.project(x, other),
    }
    made = type("Odd", (Linf,), {"__doc__": "Odd.", "name": "odd", **sound, **members})
    return dataclass(frozen=True)(made)()


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        (but(project=lambda self, x, other: other), "a projected point is outside the set"),
        (but(project=lambda self, x, other: x.clone()), "projecting moves a point that is inside"),
        (but(box=lambda self, x: (x - 1, x + 1)), "the box is not tight"),
        (but(box=lambda self, x: (x, x)), "a sampled point is outside the box"),
        (but(sample=lambda self, x, dice: x + 0.5), "a sampled point is outside the set"),
        (but(sample=lambda self, x, dice: x.clone()), "sample must depend on the dice's draw"),
        (but(steepest=lambda self, g: 2 * g.sign()), "a steepest step must have size 1"),
        (but(steepest=lambda self, g: -g.sign()), "a draw beats the steepest step"),
        (but(contains=lambda self, x, other: torch.zeros(len(x)) > 0), "the input itself must be in the set"),
        (but(describe=lambda self: ""), "describe must say something"),
        (
            but(project=lambda self, x, other: x + (other - x).clamp(-0.5, 0.5) * 8 / 255),
            "projecting twice moves the point again|is nearer than the projection",
        ),
    ],
)
def test_errors_broken_threats(odd, message):
    check_threat(but())
    with pytest.raises(AssertionError, match=message):
        check_threat(odd)


@dataclass(frozen=True)
class Search:
    """A search, or whatever the test says."""

    name: ClassVar[str] = "search"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset()
    source: ClassVar[str] = ""

    kind: Annotated[str, Param("which mistake")] = ""

    def __call__(self, oracle, batch, threat, dice, /):
        if self.kind == "global":
            return batch.x + 0.01 * torch.rand(batch.x.shape)
        if self.kind == "place":
            return batch.x - 0.001 * torch.arange(len(batch)).reshape(-1, 1, 1, 1)
        if self.kind == "numpy":
            batch.x.numpy()[0] = 0.5
        return threat.sample(batch.x, dice)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("global", "it draws from a global random generator"),
        ("place", "what it finds depends on the batch"),
        ("numpy", "it changed x in place"),
    ],
)
def test_errors_broken_attacks(kind, message):
    check_attack(Search())
    with pytest.raises(AssertionError, match=f"attack 'search': {message}"):
        check_attack(Search(kind))
