"""Recombination with ForAug's switches: what each one does, measured on the pixels that come out."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from scipy import stats as sps
from torch import Generator

from durometer.core import Batch, UsageError
from durometer.harden import Recombination, train
from durometer.harden.donors import Donors
from durometer.harden.placing import bates, share_interval, soften
from durometer.models.zoo import fresh

SIDE, BOX = 40, 8
STILL = {"size": None, "place": None, "fade": 0.0}
"""Every switch off but the background."""


def squares(n, *, side=SIDE, box=BOX, at=(4, 6), classes=2):
    """Squares of value (i + 1) / 1000; sample i's background has the value 0.5 + i / 1000."""
    own = torch.arange(n).float()[:, None, None, None]
    mask = torch.zeros(n, 1, side, side)
    mask[:, :, at[0] : at[0] + box, at[1] : at[1] + box] = 1
    filled = (0.5 + own / 1000).expand(n, 3, side, side).contiguous()
    x = torch.where(mask > 0, (own + 1) / 1000, filled)
    y = tuple(frozenset({i % classes}) for i in range(n))
    return Batch(tuple(f"s/{i}" for i in range(n)), x, y, {"mask": mask, "filled": filled})


def donors_of(result):
    """Read whose background each result has, from a corner that no object reaches."""
    return ((result.x[:, 0, -1, -1] - 0.5) * 1000).round().long().tolist()


def places(n, draws=2000):
    """Where the square's free room puts it, 0 to 1 each way, measured on the masks' centroids."""
    batch, generator, found = squares(100), Generator().manual_seed(n + 10), []
    for _ in range(draws // 100):
        mask = (
            Recombination(size=None, place=n, fade=0.0)(batch, generator).aux["mask"][:, 0].double().numpy()
        )
        centers = np.array([ndimage.center_of_mass(m) for m in mask]) + 0.5
        found.append((centers - BOX / 2) / (SIDE - BOX))
    return np.concatenate(found)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_oracle_places_have_the_moments_of_bates(n):
    z = places(n).ravel()
    assert abs(z.mean() - 0.5) < 4 * math.sqrt(1 / (12 * n) / len(z))
    # the variance of a sample variance is (m4 - m2²) / N; m4 <= 0.0125 of the uniform is the widest
    assert abs(z.var() - 1 / (12 * n)) < 4 * math.sqrt(0.0125 / len(z))
    if n == 1:
        assert sps.kstest(z, "uniform").pvalue > 1e-4


def test_oracle_below_zero_the_place_wraps_to_the_edges():
    z = places(-3).ravel()
    wrapped = (z + 0.5) % 1  # undone, Bates(3) again
    assert abs(wrapped.mean() - 0.5) < 4 * math.sqrt(1 / 36 / len(z))
    assert abs(wrapped.var() - 1 / 36) < 4 * math.sqrt(0.0125 / len(z))
    # P(|Bates(3) − 1/2| < 1/4) = 1 − 2 · (3/4)³ / 6 = 0.859375
    assert abs(np.mean(np.abs(z - 0.5) > 0.25) - 0.859375) < 4 * math.sqrt(0.859375 * 0.140625 / len(z))


def test_oracle_the_two_coordinates_are_independent():
    x, y = places(1).T
    assert abs(np.corrcoef(x, y)[0, 1]) < 4 / math.sqrt(len(x))


def test_oracle_bates_by_hand():
    assert bates([0.2, 0.6, 0.4], 3) == pytest.approx(0.4)
    assert bates([0.2, 0.6, 0.4], -3) == pytest.approx(0.9)
    assert bates([0.9], -1) == pytest.approx(0.4)
    assert bates([], 0) == 0.5
    assert np.allclose(places(0, draws=100), 0.5, atol=1e-6)


@pytest.mark.parametrize(
    ("mode", "low", "high"),
    # shares 0.04 and 0.1, jitter 0.3: low · 0.7 and high · 1.3
    [("range", 0.028, 0.13), ("min", 0.028, 0.052), ("max", 0.07, 0.13), ("mean", 0.049, 0.091)],
)
def test_oracle_sizes_are_uniform_between_the_bounds(mode, low, high):
    assert share_interval(0.04, 0.1, mode, 0.3) == pytest.approx((low, high))
    assert share_interval(0.1, 0.04, mode, 0.3) == pytest.approx((low, high))
    own, other = squares(250), squares(250, box=13)  # 64 / 1600 = 0.04 and 169 / 1600 = 0.105625
    how = Recombination(size=mode, fade=0.0)
    chances = torch.rand(250, how.numbers, generator=Generator().manual_seed(0), dtype=torch.float64)
    shares = how.recombined(own, other, chances).aux["mask"].mean(dim=(1, 2, 3)).numpy()
    low, high = share_interval(0.04, 0.105625, mode, 0.3)
    assert low * 0.98 < shares.min()
    assert shares.max() < high * 1.02  # a square on no pixel grid, painted bilinearly: its area to 2 %
    assert sps.kstest(shares, "uniform", args=(low, high - low)).pvalue > 1e-3


def test_oracle_an_object_too_large_is_cut_by_the_frame():
    batch = squares(1, box=36, at=(2, 2))  # 0.81 of the canvas; times 1.3 is more than all of it
    how = Recombination(size="max", jitter=0.3, fade=0.0, background="original")
    chances = torch.tensor([[0.5, 0.5, 1.0, 0.5, 0.5, 0.25, 0.5]], dtype=torch.float64)
    mask = how.recombined(batch, batch, chances).aux["mask"]
    assert mask.mean() > 0.99  # a square of 41 pixels on 40


def test_oracle_turns_are_uniform_both_ways():
    batch = squares(300, side=60, box=20, at=(20, 20))
    mask = batch.aux["mask"].clone()
    mask[..., 28:, :] = 0  # a bar of 20 by 8
    batch = batch.but(aux={**batch.aux, "mask": mask})
    result = Recombination(size=None, place=None, fade=0.0, turn=30.0)(batch, Generator().manual_seed(0))
    rows, columns = np.mgrid[:60, :60] + 0.5
    angles = []
    for m in result.aux["mask"][:, 0].double().numpy():
        v, u = rows - np.average(rows, weights=m), columns - np.average(columns, weights=m)
        across, down, both = (np.average(k, weights=m) for k in (u * u, v * v, u * v))
        angles.append(-math.degrees(0.5 * math.atan2(2 * both, across - down)))  # counterclockwise
    assert max(np.abs(angles)) < 31
    assert sps.kstest(angles, "uniform", args=(-30, 60)).pvalue > 1e-3


def test_backgrounds_of_the_same_class_of_all_others_and_its_own():
    batch, generator = squares(12, classes=3), Generator().manual_seed(0)
    drawn = {"same": set(), "all": set()}
    for _ in range(200):
        for kind, pairs in drawn.items():
            pairs |= set(enumerate(donors_of(Recombination(background=kind, **STILL)(batch, generator))))
    assert drawn["same"] == {(i, k) for i in range(12) for k in range(12) if i != k and i % 3 == k % 3}
    assert drawn["all"] == {(i, k) for i in range(12) for k in range(12) if i != k}
    own = Recombination(background="original", **STILL)(batch, generator)
    assert donors_of(own) == list(range(12))


def test_oracle_donors_are_even_and_large_objects_give_none():
    donors = Donors([frozenset({i % 2}) for i in range(6)], [0.1, 0.2, 0.8, 0.3, 0.1, 0.9], "all", 0.8)
    # 2 and 5 are pruned; for 1, what is left is 0, 3, 4
    assert [donors.draw(1, c) for c in (0.0, 0.34, 0.67, 0.999)] == [0, 3, 4, 4]
    assert [donors.draw(2, c) for c in (0.0, 0.26, 0.51, 0.76)] == [0, 1, 3, 4]
    alone = Donors([frozenset({0}), frozenset({1})], [0.1, 0.1], "same", 0.8)
    assert alone.draw(0, 0.7) == 0


def test_oracle_with_every_switch_off_only_the_background_changes():
    batch = squares(12)
    result = Recombination(**STILL)(batch, Generator().manual_seed(0))
    inside = batch.aux["mask"].bool().expand_as(batch.x)
    assert torch.allclose(result.x[inside], batch.x[inside], atol=1e-6)
    assert torch.allclose(result.aux["mask"], batch.aux["mask"], atol=1e-6)
    given = batch.aux["filled"][donors_of(result)]
    assert torch.allclose(result.x[~inside], given[~inside], atol=1e-5)  # the warp's coordinates round
    assert result.aux["filled"].equal(given)
    assert result.y == batch.y
    assert batch.x.equal(squares(12).x)


@pytest.mark.parametrize("sigma", [0.7, 1.5, 4.0])
def test_oracle_the_faded_edge_has_its_sigma(sigma):
    alpha = torch.zeros(1, 1, 60, 60)
    alpha[..., 30:] = 1
    faded = soften(alpha, torch.tensor([sigma]))
    reference = ndimage.gaussian_filter(alpha[0, 0].double().numpy(), sigma, radius=math.ceil(3 * sigma))
    assert np.allclose(faded[0, 0], (2 * reference - 1).clip(0), atol=1e-5)
    depth = np.arange(30) + 0.5  # of pixel centers below a straight edge; the fade is erf(depth / (√2 σ))
    wanted = [math.erf(d / (math.sqrt(2) * sigma)) for d in depth]
    assert np.allclose(faded[0, 0, 30, 30:], wanted, atol=0.03 if sigma > 1 else 0.08)


def test_oracle_sigmas_are_uniform_from_a_tenth_to_all():
    batch = squares(150, side=120, box=72, at=(24, 24))
    how = Recombination(size=None, place=None, fade=0.05)  # 6 pixels at most: the object is twelve sigma wide
    mask = how(batch, Generator().manual_seed(0)).aux["mask"]
    first = mask[:, 0, 60, 24].double().numpy()  # in the middle of the left side: the kernel's middle weight
    sigma = 1 / (first * math.sqrt(2 * math.pi) * 0.9973)  # cut at three sigma
    assert 0.55 < sigma.min() < 0.8
    assert 5.7 < sigma.max() < 6.1
    assert sps.kstest(sigma, "uniform", args=(0.6, 5.4)).pvalue > 1e-3


def test_properties_a_sample_fades_the_same_whatever_stands_beside_it():
    alpha = squares(3, side=64, box=20).aux["mask"]
    together = soften(alpha, torch.tensor([0.6, 5.0, 2.0]))
    alone = [soften(alpha[i : i + 1], torch.tensor([s])) for i, s in enumerate((0.6, 5.0, 2.0))]
    assert together.equal(torch.cat(alone))


@pytest.mark.parametrize(
    ("schedule", "wanted"),
    # of 0.8 at the start, the middle and the end; 1 − cos 45° = 0.292893
    [
        ("constant", (0.8, 0.8, 0.8)),
        ("linear", (0.0, 0.4, 0.8)),
        ("revlinear", (0.8, 0.4, 0.0)),
        ("cosine", (0.0, 0.8 * 0.2928932, 0.8)),
    ],
)
def test_oracle_schedules(schedule, wanted):
    how = Recombination(originals=0.8, schedule=schedule, **STILL)
    assert [how.at(t).share_of_originals for t in (0.0, 0.5, 1.0)] == pytest.approx(wanted)
    batch, generator = squares(100), Generator().manual_seed(0)
    now = how.at(0.5)
    left = [(now(batch, generator).x == batch.x).flatten(1).all(dim=1) for _ in range(40)]
    share = torch.stack(left).float().mean().item()
    assert abs(share - wanted[1]) < 4 * math.sqrt(wanted[1] * (1 - wanted[1]) / 4000)


def test_a_sample_without_a_usable_mask_stays():
    batch = squares(5)
    mask = batch.aux["mask"].clone()
    mask[1], mask[2], mask[4] = 0, 1, mask[4] * 0.01
    batch = batch.but(aux={**batch.aux, "mask": mask})
    result = Recombination()(batch, Generator().manual_seed(0))
    assert [result.x[i].equal(batch.x[i]) for i in range(5)] == [False, True, True, False, True]
    assert 2 not in donors_of(result.select([0, 3]))  # it is all object: no background to give


class Watch:
    """An ingredient that notes when it is asked."""

    needs = frozenset()

    def __init__(self):
        self.asked = []

    def at(self, done):
        self.asked.append(done)
        return lambda batch, generator: batch


def test_training_tells_the_schedule_how_far_it_is():
    from durometer.data.scenes import Scenes

    watch, data = Watch(), Scenes(split="train", n=32, size=16)
    train(fresh("cnn", seed=0, classes=8, widths=(8, 8, 8, 8)), data, epochs=2, batch_size=8, augment=watch)
    assert watch.asked == [k / 8 for k in range(8)]


def test_properties_training_with_it_is_the_same_each_time():
    from durometer.data.scenes import Scenes

    data, begun = Scenes(split="train", n=16, size=32), fresh("cnn", seed=0, classes=8, widths=(8, 8, 8, 8))
    one, again, plain = (
        train(begun, data, epochs=1, batch_size=8, augment=how).state_dict()
        for how in (Recombination(), Recombination(), None)
    )
    assert all(one[k].equal(again[k]) for k in one)
    assert any(not one[k].equal(plain[k]) for k in one)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"turn": 200}, r"turn = 200 is not between 0 and 180"),
        ({"fade": -0.1}, r"fade = -0.1 is not between 0 and 0.2"),
        ({"originals": 1.5}, r"originals = 1.5 is not between 0 and 1"),
        ({"prune": float("nan")}, r"prune = nan is not between"),
        ({"jitter": 1.0}, r"jitter = 1.0 is not in \[0, 1\)"),
        ({"background": "any"}, r"background = 'any' is not one of 'all', 'same', 'original'"),
        ({"size": "larger"}, r"size = 'larger' is not one of None, 'range'"),
        ({"schedule": "cos"}, r"schedule = 'cos' is not one of 'constant', 'linear', 'revlinear', 'cosine'"),
    ],
)
def test_errors(given, said):
    with pytest.raises(UsageError, match=said):
        Recombination(**given)
