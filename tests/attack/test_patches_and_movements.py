"""Attacks on patches, pixels and movements, where the strongest one is known by trying everything."""

import math
from itertools import product

import pytest
import torch

from durometer.attack import ATTACKS
from durometer.attack.apgd import APGD
from durometer.attack.lifted import Lifted
from durometer.attack.patch import PatchAttack
from durometer.attack.patch_rs import PatchRS
from durometer.attack.pgd import PGD
from durometer.attack.proposals import share_at
from durometer.attack.random_search import RandomSearch
from durometer.attack.shell import judged
from durometer.attack.sparse_rs import SCHEDULE, SparseRS, _picked
from durometer.attack.spatial import Spatial
from durometer.core import Batch, Dice, ExtensionError, Oracle
from durometer.tasks import Classification
from durometer.testing import check_attack
from durometer.testing.toys import Toy, linear
from durometer.threat import L0, THREATS, Linf
from durometer.threat.fixed_patch import FixedPatch
from durometer.threat.patch import Patch
from durometer.threat.rotation_translation import RotationTranslation

TWO = Classification((frozenset({0}), frozenset({1})))


def search(attack, threat, model, batch, seed=0):
    oracle = Oracle(model, TWO, batch_size=4)
    return judged(attack, oracle, batch, threat, Dice(seed, attack.name, attack.version, batch.ids))


def batch_of(x):
    return Batch(tuple(f"s{i}" for i in range(len(x))), x, (frozenset({0}),) * len(x))


def random_linear(seed, *, n=8, shape=(2, 6, 7), bias=0.0):
    """A linear classifier, its w and b, and inputs; margin <w, x> + b of class 0."""
    generator = torch.Generator().manual_seed(seed)
    w = torch.randn(shape, generator=generator)
    x = torch.rand(n, *shape, generator=generator)
    return linear(torch.stack((w, -w)) / 2, torch.tensor([bias, 0.0])), w, batch_of(x)


def margins(model, x):
    out = model(x)
    return out[:, 0] - out[:, 1]


def lowest_in_a_patch(w, x, margin, window):
    """The lowest margin of any patch, place by place: each value at the end that lowers it."""
    fall = torch.where(w > 0, w * x, -w * (1 - x)).sum(dim=1)
    places = product(range(window.places[0]), range(window.places[1]))
    falls = [fall[:, r : r + window.height, c : c + window.width].sum(dim=(1, 2)) for r, c in places]
    return margin - torch.stack(falls).amax(dim=0)


@pytest.mark.parametrize("name", ["spatial", "patch", "patch-rs", "sparse-rs"])
def test_contract(name):
    check_attack(ATTACKS.make(name, {"grid": [5, 3, 3]} if name == "spatial" else {}))


@pytest.mark.parametrize("attack", [PGD(steps=5), APGD(steps=5), RandomSearch(queries=5)])
@pytest.mark.parametrize("name", ["patch", "fixed-patch", "rotation-translation", "vector-field", "color"])
def test_contract_of_general_attacks_in_these_threats(name, attack):
    check_attack(attack, threat=THREATS.make(name))


@pytest.mark.parametrize(
    ("attack", "bias"),
    [(PatchAttack(steps=30, tried=2), 20.0), (PatchAttack(places=1, tried=1), 20.0),
     (PatchAttack(steps=30, loss_name="margin"), 200.0)],
)  # fmt: skip
def test_oracle_the_best_patch_on_a_linear_model_is_found_exactly(attack, bias):
    # far from breaking, so that the lowest margin itself is what is kept
    model, w, batch = random_linear(0, bias=bias)
    threat = Patch(share=0.15)
    best = lowest_in_a_patch(w, batch.x, margins(model, batch.x), threat.window(batch.x))
    found = search(attack, threat, model, batch)
    assert margins(model, found.x).tolist() == pytest.approx(best.tolist(), abs=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_oracle_a_patch_breaks_exactly_what_a_patch_can_break(seed):
    model, w, batch = random_linear(seed, n=24)
    threat = Patch(share=0.1)
    window = threat.window(batch.x)
    half = lowest_in_a_patch(w, batch.x, margins(model, batch.x), window).median().item()
    model, _, _ = random_linear(seed, n=24, bias=0.01 - half)
    best = lowest_in_a_patch(w, batch.x, margins(model, batch.x), window)
    assert 10 <= (best < 0).sum() <= 12
    found = search(PatchAttack(), threat, model, batch)
    assert (margins(model, found.x) < 0).tolist() == (best < 0).tolist()


def test_oracle_random_patches_come_to_the_best_one():
    # 2 x 2 patches of one channel: 2^4 contents at each place, all reached by single pixels and moves
    model, w, batch = random_linear(3, n=4, shape=(1, 6, 6), bias=100.0)
    threat = Patch(share=4 / 36)
    clean = margins(model, batch.x)
    best = lowest_in_a_patch(w, batch.x, clean, threat.window(batch.x))
    found = torch.stack(
        [margins(model, search(PatchRS(queries=400), threat, model, batch, seed=s).x) for s in range(8)]
    )
    assert (found >= best - 1e-3).all()
    # a move carries the content along, so that a single search may end at another place
    assert ((clean - found) / (clean - best)).mean() > 0.6
    assert ((clean - found.amin(dim=0)) / (clean - best)).mean() > 0.95


def test_oracle_exchanged_pixels_come_to_the_best_ones():
    # the margin falls most by the three pixels with the largest gains together
    model, w, batch = random_linear(4, shape=(2, 5, 5), bias=100.0)
    gain = torch.where(w > 0, w * batch.x, -w * (1 - batch.x)).sum(dim=1).flatten(1)
    clean = margins(model, batch.x)
    best = clean - gain.topk(3, dim=1).values.sum(dim=1)
    found = search(SparseRS(queries=1500), L0(pixels=3), model, batch)
    assert ((clean - margins(model, found.x)) / (clean - best)).mean() > 0.97
    assert (L0().size(batch.x, found.x) <= 3).all()


def blob(angle_from_right):
    """A smooth spot at 10 pixels from the center of 33 x 33, and a model that reads how high it stands."""
    at = torch.arange(33) - 16.0
    x, y = 10 * math.cos(angle_from_right), 10 * math.sin(angle_from_right)
    spot = torch.exp(-((at[None] - x) ** 2 + (-at[:, None] - y) ** 2) / (2 * 2.0**2))[None, None]
    height = -at[:, None].expand(33, 33)

    def answer(x):
        mean = (x[:, 0] * height).flatten(1).sum(dim=1) / x[:, 0].flatten(1).sum(dim=1)
        return torch.stack((5.0 - mean, mean - 5.0), dim=1)  # class 1 above 5 pixels

    return Toy("height", answer, labels=("low", "high")), batch_of(spot)


@pytest.mark.parametrize(
    "attack",
    [Spatial(grid=(31, 1, 1)), Spatial(grid=(), points=100, around=50), PGD(steps=40), APGD(steps=40)],
)
def test_oracle_the_breaking_angle_is_known(attack):
    # from 0° the spot stands above 10 sin 30° = 5 after more than 30°, counterclockwise
    model, batch = blob(0.0)
    assert not _broken(model, search(attack, RotationTranslation(degrees=29.0, pixels=0.0), model, batch))
    found = search(attack, RotationTranslation(degrees=31.5, pixels=0.0), model, batch)
    assert _broken(model, found)
    assert 30.0 <= found.facts["turn"][0] <= 31.5
    assert found.point.shape == (1, 3)


def test_oracle_the_breaking_shift_is_known():
    # from 12° it stands at 10 sin 12° = 2.079; a shift up by more than 2.921 breaks it
    model, batch = blob(math.radians(12))
    attack = Spatial(grid=(1, 3, 3), around=0)
    for pixels, breaks in ((2.85, False), (3.0, True)):
        found = search(attack, RotationTranslation(degrees=0.0, pixels=pixels), model, batch)
        assert _broken(model, found) == breaks
    assert found.facts["down"] == [-3.0]


def _broken(model, found):
    return bool(margins(model, found.x) < 0)


def test_questions_are_counted_and_never_more_than_allowed():
    model, _, batch = random_linear(0, shape=(1, 6, 6), bias=100.0)
    for attack, threat, most in (
        (SparseRS(queries=150), L0(pixels=3), 150),
        (PatchRS(queries=150), Patch(), 150),
        (Spatial(grid=(3, 3, 3), points=5, around=7), RotationTranslation(), 39),
        (Spatial(grid=(), points=5, around=0), RotationTranslation(), 5),
    ):
        found = search(attack, threat, model, batch)
        assert found.facts["forwards"] == [most + 1] * 8  # the untouched input is asked about too


def test_the_counts_of_the_oracle_are_those_of_the_points_and_of_the_shell():
    model, _, batch = random_linear(0, shape=(1, 6, 6), bias=100.0)
    attack, threat = PGD(steps=3), RotationTranslation()
    oracle = Oracle(model, TWO, batch_size=4)
    found = judged(attack, oracle, batch, threat, Dice(0, "pgd", 1, batch.ids))
    assert oracle.forwards == sum(found.facts["forwards"]) + 2 * len(batch)
    assert oracle.backwards == sum(found.facts["backwards"]) == 3 * len(batch)


def test_oracle_schedules_by_hand():
    # 100 pixels, 1,000 queries: query 5 is the 50th of 10,000, with half of 30 %; query 6 a quarter of it
    room = type("R", (), {"threat": L0(pixels=100), "x": torch.zeros(1, 1, 32, 32)})
    attack = SparseRS(queries=1000)
    assert [attack.exchanged(room, turn) for turn in (5, 6, 20, 21, 100, 801)] == [15, 7, 7, 6, 5, 1]
    assert share_at(900, 1000, SCHEDULE) == 1 / 20
    reach = PatchRS(queries=1000)
    assert [reach.reach(room, turn) for turn in (1, 500, 999)] == [23, 12, 0]


def test_property_picking_is_even_and_without_replacement():
    of = torch.arange(6).expand(6000, 6)
    drawn = torch.rand(6000, 3, generator=torch.Generator().manual_seed(0))
    picked, rows = _picked(of, drawn)
    assert (rows.sort(dim=1).values == of).all()
    assert torch.equal(rows[:, :3], picked)
    share = torch.stack([(picked == k).any(dim=1).double().mean() for k in range(6)])
    assert share.tolist() == pytest.approx([0.5] * 6, abs=0.03)


@pytest.mark.parametrize(
    ("attack", "threat", "message"),
    [
        (Spatial(), Linf(), r"attack 'spatial': the threat 'linf' has no coordinates\. Use rotation"),
        (Spatial(), THREATS.make("vector-field"), "its grid has 3 coordinates and .* 'vector-field' has 50"),
        (PatchAttack(), Linf(), r"attack 'patch': it knows pictures in the threat patch only\. Use patch"),
        (PatchRS(), FixedPatch(), "attack 'patch-rs': it knows pictures in the threat patch only"),
        (SparseRS(), Linf(), r"attack 'sparse-rs': it knows the threat l0 only\. Use l0"),
    ],
)  # fmt: skip
def test_errors_name_the_threat_that_is_wanted(attack, threat, message):
    model, _, batch = random_linear(0)
    with pytest.raises(ExtensionError, match=message):
        search(attack, threat, model, batch)


def test_say_where_lifted_attacks_search():
    assert Lifted(RotationTranslation(), (1, 4, 4)).describe() == RotationTranslation().describe()
