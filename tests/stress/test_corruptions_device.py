"""What corruptions do on a device: nothing is read back from it, and its ways lead where the CPU's lead.

Tensors on `meta` have no values: whatever reads one (`item`, `tolist`, `bool`, `nonzero`, a copy to the CPU)
fails there. Where a device is not asked, other code runs than on the CPU; here it runs on the CPU, beside it.
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from durometer.core import Batch, Dice
from durometer.stress import STRESSORS
from durometer.stress.corruptions.canny import _grown, canny, connected
from durometer.stress.corruptions.frost import cut_out
from durometer.stress.corruptions.glass_blur import sources
from durometer.stress.corruptions.shot_noise import _searched
from durometer.stress.corruptions.sweep import gathered, swept_each
from durometer.stress.corruptions.water import _distance

READ = {"jpeg-compression"}  # PIL works on the CPU
NAMES = [
    n for n in STRESSORS.names() if STRESSORS.get(n).family == "corruptions" and not n.startswith("medmnist-")
]
IDS = ("a", "b", "c")


def shown(name, severity, profile, device="meta"):
    stressor = STRESSORS.make(name, {"severity": severity, "profile": profile})
    batch = Batch(IDS, torch.empty(3, 3, 40, 56, device=device), (frozenset({0}),) * 3)
    return stressor(batch, Dice(0, name, stressor.version, IDS))


@pytest.mark.parametrize("profile", ["imagenet-c", "cifar-c"])
@pytest.mark.parametrize("severity", [1, 3, 5])
@pytest.mark.parametrize("name", [n for n in NAMES if n not in READ])
def test_nothing_is_read_back_from_the_device(name, severity, profile):
    result = shown(name, severity, profile)
    assert result.x.device.type == "meta"
    assert result.x.shape == (3, 3, 40, 56)
    assert not result.refused


@pytest.mark.parametrize("name", sorted(READ))
def test_what_reads_is_noticed(name):
    with pytest.raises(NotImplementedError, match="meta"):
        shown(name, 3, "imagenet-c")


@pytest.mark.parametrize(("radius", "sigma"), [(6, 1), (15, 8)])
def test_a_line_goes_the_same_way(radius, sigma):
    x = torch.rand(9, 2, 30, 41, generator=torch.Generator().manual_seed(0))
    angles = torch.tensor([-135.0, -90.3, -45.0, -30.0, 0.0, 12.34, 30.0, 44.9, 45.0])
    assert torch.equal(gathered(x, angles, radius, sigma), swept_each(x, angles, radius, sigma))


def test_a_piece_of_frost_is_cut_out_at_the_same_place():
    stressor = STRESSORS.make("frost", {"profile": "cifar-c"})
    x = torch.zeros(5, 3, 32, 24)
    looks, places = torch.arange(5), torch.rand(5, 2, generator=torch.Generator().manual_seed(1))
    corners = (places.double() * torch.tensor([102 - 32, 102 - 24])).long()
    got = cut_out(looks, corners, (102, 32, 24), x)
    assert torch.equal(got, stressor.pieces(x, looks, places))


@given(
    st.integers(0, 2**31),
    st.sampled_from([0.2, 0.4, 0.5, 0.8]),
    st.sampled_from([(1, 1), (1, 40), (9, 7), (30, 31)]),
)
@settings(max_examples=40, deadline=None)
def test_crests_touch_the_same_edges(seed, share, size):
    generator = torch.Generator().manual_seed(seed)
    crest = torch.rand(2, *size, generator=generator) < share
    sure = crest & (torch.rand(2, *size, generator=generator) < 0.02)
    assert torch.equal(connected(sure, crest), _grown(sure, crest))


def test_a_long_way_to_an_edge_is_gone():
    # one line of crests that fills 41 × 41 as a snake: 860 steps from the sure end to the other
    crest = torch.zeros(1, 41, 41, dtype=torch.bool)
    crest[:, ::2] = True
    crest[:, 1::4, -1] = crest[:, 3::4, 0] = True
    sure = torch.zeros_like(crest)
    sure[0, 0, 0] = True
    assert int(crest.sum()) == 21 * 41 + 20
    assert torch.equal(connected(sure, crest), crest)
    crest[0, 20, 20] = False  # cut in the middle of its 11th row: ten rows and links, and 20 pixels, remain
    assert int(connected(sure, crest).sum()) == 10 * 41 + 10 + 20


def test_fixed_turns_end_where_asking_ends(monkeypatch):
    generator = torch.Generator().manual_seed(2)
    offsets = torch.randint(-2, 2, (3, 2, 2, 24, 30), generator=generator)
    offsets[0] = torch.tensor([1, 0])[:, None, None]  # the longest chains: all to the right
    film = torch.randint(0, 256, (2, 24, 30), generator=generator)
    film[1] = 0
    film[1, 0, 0] = 255  # far from any other edge
    edges = canny(film, 50, 150)
    asked = sources(offsets, 2), _distance(edges)
    with monkeypatch.context() as patched:
        patched.setattr(torch, "equal", lambda *_: False)
        unasked = sources(offsets, 2), _distance(edges)
    assert all(map(torch.equal, asked, unasked))


@pytest.mark.parametrize("white", [3, 60, 500])
def test_the_guide_to_counts_agrees_with_the_search_at_every_kind_of_quantile(white):
    generator = torch.Generator().manual_seed(3)
    # the ends of each of 4,096 bins, where a guide errs if it errs, and 100,000 others
    ends = torch.arange(4096).mul(4096)
    quantile = (
        torch.cat((ends, ends + 4095, torch.randint(0, 2**24, (100_000,), generator=generator))) * 2.0**-24
    )
    level = torch.randint(0, 256, quantile.shape, generator=generator).float()
    stressor = STRESSORS.make("shot-noise").made_with(white)
    got = stressor.applied((level / 255).reshape(1, 1, 1, -1), {"quantile": quantile.reshape(1, 1, 1, -1)})
    assert torch.equal(got.flatten() * white, (_searched(level, quantile, white).float() / white) * white)
