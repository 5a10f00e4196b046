"""Critical bands of planted truth: a table drawn from a known channel, and a network that sees one band."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from durometer.core import Batch, Dice
from durometer.explain import summarize
from durometer.ops.octaves import band
from durometer.stats.channel import Channel, fit_channel
from durometer.stress import STRESSORS
from durometer.stress.bands.band_noise import of_band

STRENGTHS = (0.02, 0.04, 0.08, 0.16)
CELLS = [(b, sd) for b in range(7) for sd in STRENGTHS]


def conditions(toy, cells=CELLS):
    made = {"k-clean": toy.condition("control", name="faint-gray", family="bands")}
    for b, sd in cells:
        c = toy.condition(name="band-noise", family="bands", axis=f"noise, band {b}", severity=sd)
        c.words["control"] = "k-clean"
        c.words["spec"]["params"] = {"band": b, "sd": sd}
        made[f"k-{b}-{sd}"] = c
    return made


def record_of(toy, clean, right, **options):
    """A record of (n,) scores without noise and {(band, sd): (n,) scores}."""
    scores = {("m", "k-canvas"): np.ones(len(clean)), ("m", "k-clean"): clean}
    scores |= {("m", f"k-{b}-{sd}"): values for (b, sd), values in right.items()}
    return toy.record(scores, conditions(toy, list(right)), labels=[f"c{i}" for i in range(16)], **options)


def drawn(channel, n, seed=0):
    dice = np.random.default_rng(seed)
    level = dice.random(n)  # a hard picture is hard in all cells
    right = {}
    for b, sd in CELLS:
        threshold = np.log2(0.16) - channel.at(b)
        p = 1 / 16 + (0.9 - 1 / 16) * expit(3 * (threshold - np.log2(sd)))
        right[b, sd] = (0.5 * level + 0.5 * dice.random(n) < _quantile(p)).astype(float)
    return (dice.random(n) < 0.9).astype(float), right


def _quantile(p):
    """Where the mean of two uniform numbers lies below with chance p."""
    return np.sqrt(p / 2) if p < 0.5 else 1 - np.sqrt((1 - p) / 2)


def test_simulation_a_planted_channel_is_found(toy):
    planted = Channel(peak=3.0, middle=3.6, sigma=1.1)
    (found,) = summarize(record_of(toy, *drawn(planted, 400))).more["bands"]
    assert found.bandwidth.low <= planted.bandwidth <= found.bandwidth.high
    assert found.center.low <= 1.75 * 2**planted.middle <= found.center.high
    assert found.sensitivity.low <= 0.5 <= found.sensitivity.high
    assert found.ceiling.value == pytest.approx(0.9, abs=0.03)
    assert found.guess == 1 / 16
    assert found.centers == (1.75, 3.5, 7, 14, 28, 56, 112)


def test_oracle_cells_are_the_accuracies_of_the_samples_that_all_cells_share(toy):
    clean, right = drawn(Channel(3.0, 3.6, 1.1), 40)
    status = {("m", "k-2-0.04"): ["not-edited"] * 4 + ["ok"] * 36}
    (found,) = summarize(record_of(toy, clean, right, status=status)).more["bands"]
    assert found.strengths == (0.0, *STRENGTHS)
    for i, sd in enumerate(STRENGTHS):
        for b in range(7):
            assert found.cells[i + 1][b].value == pytest.approx(right[b, sd][4:].mean())
            assert found.cells[i + 1][b].n == 36
    assert [e.value for e in found.cells[0]] == pytest.approx([clean[4:].mean()] * 7)


@pytest.mark.parametrize("lost", [(3, 0.08), (0, 0.02)])
def test_property_a_table_with_a_hole_is_not_fitted(toy, lost):
    clean, right = drawn(Channel(3.0, 3.6, 1.1), 20)
    del right[lost]
    assert "bands" not in summarize(record_of(toy, clean, right)).more


def test_property_a_model_that_noise_does_not_touch_has_no_channel(toy):
    right = dict.fromkeys(CELLS, np.ones(30))
    (found,) = summarize(record_of(toy, np.ones(30), right)).more["bands"]
    assert (found.channel, found.bandwidth, found.published) == (None, None, (0,) * 7)


def test_oracle_a_network_that_sees_one_band_has_its_channel_there(toy):
    # eight classes are eight patterns in one octave; the network matches them after a filter of that octave
    seen, side, n, classes = 4, 128, 40, 8
    dice = np.random.default_rng(1)
    patterns = band(torch.from_numpy(dice.standard_normal((classes, 1, side, side))).float(), seen)
    patterns /= patterns.square().mean((1, 2, 3), keepdim=True).sqrt()
    truth = torch.arange(n) % classes
    x = (0.5 + 0.008 * patterns[truth]).expand(-1, 3, -1, -1)
    batch = Batch(tuple(f"s{i}" for i in range(n)), x, tuple(frozenset({int(t)}) for t in truth))

    def right(name, **values):
        noisy = STRESSORS.make(name, values)(batch, Dice(0, name, 1, batch.ids)).x[:, :1]
        answer = torch.einsum("nchw,kchw->nk", band(noisy, seen), patterns).argmax(1)
        return (answer == truth).double().numpy()

    table = {(b, sd): right("band-noise", band=b, sd=sd) for b, sd in CELLS}
    scores = {("m", "k-canvas"): np.ones(n), ("m", "k-clean"): right("faint-gray")}
    scores |= {("m", f"k-{b}-{sd}"): values for (b, sd), values in table.items()}
    record = toy.record(scores, conditions(toy), labels=[f"c{i}" for i in range(classes)])
    (found,) = summarize(record).more["bands"]
    # how much of each band's noise reaches the decision: what differences of patterns find in it
    white = torch.from_numpy(dice.standard_normal((16, 1, side, side))).float()
    against = patterns[1:] - patterns[:-1]
    heard = [torch.einsum("nchw,kchw->nk", band(of_band(white, b), seen), against) for b in range(7)]
    reach = np.array([float(one.std()) for one in heard])
    own = found.sensitivities[seen].value
    expected = fit_channel(np.clip(own + np.log2(reach / reach[seen]), 0, 4))
    assert max(range(7), key=lambda b: found.sensitivities[b].value) == seen
    assert found.center.low <= 1.75 * 2**expected.middle <= found.center.high
    assert found.bandwidth.low <= expected.bandwidth <= found.bandwidth.high
    assert abs(np.log2(found.center.value / 28)) < 0.5
