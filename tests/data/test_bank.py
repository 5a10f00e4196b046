"""The bank: who is drawn, what is held, and that nobody gets their own background."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from durometer.core import DataError, Dice, on_grid, order_key
from durometer.data import Canvas, InMemory, MemoryBank, Subset, build_bank, folder_bank, open_data, pick
from durometer.data import bank as bank_module
from durometer.data.bank import CACHED, cover

CANVAS = Canvas(16)


def squares(n, share=0.25, size=8):
    """Images of level i with a white object over the given share of the rows, as mask too."""
    x = np.arange(n, dtype=np.uint8)[:, None, None] * np.ones((1, size, size), np.uint8)
    masks = np.zeros((n, size, size), np.uint8)
    masks[:, : round(size * share)] = 1
    return InMemory(np.where(masks, 255, x).astype(np.uint8), list(range(n)), masks, name="s")


def erase(x, mask):
    """Fill with the mean of what is outside of the mask."""
    keep = 1 - mask
    return x * keep + mask * (x * keep).sum(dim=(2, 3), keepdim=True) / keep.sum(dim=(2, 3), keepdim=True)


def bank_of(n, height=4, width=4):
    return MemoryBank(
        [f"s/{i}" for i in range(n)], [torch.full((3, height, width), i, dtype=torch.uint8) for i in range(n)]
    )


def test_donors_are_those_with_the_smallest_keys_with_their_object_filled():
    data = squares(30)
    bank = build_bank(data, CANVAS, seed=5, size=6, fill=erase)
    wanted = sorted(data.ids(), key=lambda name: order_key(5, name, "bank"))[:6]
    assert list(bank.ids) == wanted
    for i, name in enumerate(bank.ids):
        level = int(name[2:])  # the object is gone: the picture is one level
        assert torch.equal(bank.image(i, 8, 8), torch.full((3, 8, 8), level / 255))


def test_the_draw_does_not_depend_on_the_rest():
    data = squares(30)
    whole = build_bank(data, CANVAS, seed=5, size=30, fill=erase).ids
    half = build_bank(Subset(data, range(0, 30, 2)), CANVAS, seed=5, size=30, fill=erase).ids
    assert list(half) == [name for name in whole if name in set(half)]


def test_digest_is_of_ids_and_pixels():
    data = squares(9)
    digest = build_bank(data, CANVAS, seed=5, fill=erase).digest
    assert build_bank(data, CANVAS, seed=5, fill=erase).digest == digest
    assert build_bank(data, CANVAS, seed=6, fill=erase).digest != digest
    assert build_bank(data, CANVAS, seed=5, fill=lambda x, mask: x).digest != digest
    assert MemoryBank(["a"], [torch.zeros(3, 2, 3, dtype=torch.uint8)]).digest != (
        MemoryBank(["a"], [torch.zeros(3, 3, 2, dtype=torch.uint8)]).digest
    )


@pytest.mark.parametrize(("share", "n"), [(0.0, 0), (0.25, 4), (0.75, 4), (0.875, 0), (1.0, 0)])
def test_empty_and_overwhelming_masks_are_passed_over(share, n):
    assert len(build_bank(squares(4, share), CANVAS, seed=0, fill=erase)) == n


def test_unreadable_and_maskless_samples_are_passed_over(tmp_path, paint):
    for name in "abc":
        paint(tmp_path / f"d/x/{name}.png")
    (tmp_path / "d/x/c.png").write_bytes(b"no")
    mask = np.zeros((4, 6), np.uint8)
    mask[0] = 1
    for name in "ac":
        paint(tmp_path / f"m/{name}.png", mask)
    bank = build_bank(open_data(tmp_path / "d", masks=tmp_path / "m"), CANVAS, seed=0, fill=erase)
    assert bank.ids == ("x/a.png",)


def test_cover_scales_and_keeps_the_center():
    # 4×8 to cover 8×8: zoom 2 -> 8×16, the middle 8 columns are the enlarged columns 2 … 5
    image = torch.zeros(3, 4, 8, dtype=torch.uint8)
    image[..., 2:6] = 200
    found = cover(image, 8, 8)
    assert found.shape == (3, 8, 8)
    assert (found[..., 1:-1] == 200).all()
    assert torch.equal(cover(image, 4, 8), image)


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40))
def test_cover_has_the_asked_shape_and_stays_on_the_grid(h, w, height, width):
    image = MemoryBank(["a"], [torch.full((3, h, w), 77, dtype=torch.uint8)]).image(0, height, width)
    assert image.shape == (3, height, width)
    assert torch.equal(image, torch.full_like(image, 77 / 255))
    assert torch.equal(image, on_grid(image))


def test_resized_donors_are_kept_but_not_without_end():
    bank = bank_of(3)
    for side in range(1, CACHED):
        for i in range(3):
            bank.image(i, side, 2)
    assert len(bank._cache) == CACHED
    bank.image(0, 4, 4).zero_()  # what a caller does to it stays its own
    assert torch.equal(bank.image(1, 4, 4), torch.full((3, 4, 4), 1 / 255))
    assert torch.equal(bank.image(0, 4, 4), torch.zeros(3, 4, 4))


class TestPick:
    def dice(self, ids, draw=0):
        return Dice(3, "background", 1, tuple(ids), draw)

    def test_never_the_samples_own(self):
        ids = [f"s/{i % 3}" for i in range(300)]
        bank = bank_of(3)
        for draw in range(20):
            chosen = pick(bank, ids[:3], self.dice(ids[:3], draw))
            assert all(bank.ids[donor] != own for donor, own in zip(chosen, ids, strict=False))

    def test_never_that_of_an_identical_file(self):
        bank = MemoryBank(["a", "b", "c"], [torch.zeros(3, 2, 2, dtype=torch.uint8)] * 3, ["h1", "h1", "h2"])
        for draw in range(20):
            assert pick(bank, ["z"], self.dice(["z"], draw), contents=["h1"]) == [2]

    def test_the_same_sample_gets_the_same_donor_in_any_company(self):
        ids, bank = [f"t/{i}" for i in range(50)], bank_of(9)
        together = pick(bank, ids, self.dice(ids))
        alone = [pick(bank, [i], self.dice([i]))[0] for i in ids]
        assert together == alone
        assert pick(bank, ids[::-1], self.dice(ids[::-1])) == together[::-1]

    def test_donors_are_drawn_evenly(self):
        ids, bank = [f"t/{i}" for i in range(4000)], bank_of(8)
        counts = np.bincount(pick(bank, ids, self.dice(ids)), minlength=8)
        assert stats.chisquare(counts).pvalue > 1e-3

    def test_errors(self):
        with pytest.raises(
            DataError, match=r"the bank of backgrounds is empty\. Give a folder of backgrounds"
        ):
            pick(MemoryBank([], []), ["a"], self.dice(["a"]))
        with pytest.raises(DataError, match="s/0: the bank holds no background but its own"):
            pick(bank_of(1), ["s/0"], self.dice(["s/0"]))


class TestFolder:
    def test_images_at_any_depth_unfilled(self, tmp_path, paint):
        paint(tmp_path / "a.png", (1, 2, 3))
        paint(tmp_path / "deep/b.png", (4, 5, 6))
        (tmp_path / "broken.png").write_bytes(b"no")
        bank = folder_bank(tmp_path, CANVAS)
        assert sorted(bank.ids) == ["a.png", "deep/b.png"]
        image = bank.image(bank.ids.index("a.png"), 4, 6) * 255
        assert image[:, 2, 3].round().tolist() == [1, 2, 3]
        assert len(folder_bank(tmp_path, CANVAS, size=1)) == 1

    def test_errors(self, tmp_path):
        with pytest.raises(DataError, match="no such folder of backgrounds"):
            folder_bank(tmp_path / "no", CANVAS)
        with pytest.raises(DataError, match="holds no readable images"):
            folder_bank(tmp_path, CANVAS)


def test_workers_may_share_a_bank(monkeypatch):
    monkeypatch.setattr(bank_module, "CACHED", 1)  # every other call drops what another thread has just made
    levels = [torch.full((3, 4, 4), value, dtype=torch.uint8) for value in (0, 255)]
    shared = MemoryBank(("a", "b"), levels)
    with ThreadPoolExecutor(4) as pool:
        means = list(pool.map(lambda k: float(shared.image(k % 2, 6, 6).mean()), range(800)))
    assert means == [float(k % 2) for k in range(800)]
