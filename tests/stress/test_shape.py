"""Shape gone, texture kept: measured here by code that had no part in it."""

import numpy as np
import pytest
import torch
from scipy import ndimage, signal

from durometer.core import Batch, Dice, stress
from durometer.ops.cells import Grid, cycle, grid_over, still_together
from durometer.ops.gram import Texture
from durometer.ops.transport import sliced_transport
from durometer.stress import STRESSORS


def show(name, batch, draw=0, **values):
    stressor = STRESSORS.make(name, values)
    return stress(stressor, batch, Dice(7, name, stressor.version, batch.ids, draw))


def share(mask):
    return float(mask.double().mean())


def colors(x, mask=None):
    """The sorted colors of (3, H, W), as a multiset of whole numbers."""
    levels = x.mul(255).round().long()
    flat = levels.flatten(1) if mask is None else levels[:, mask[0] > 0.99]
    return np.sort(flat[0] * 65536 + flat[1] * 256 + flat[2])


def gabor_energies(x):
    """Mean and spread of responses to Gabor filters of 3 wavelengths and 4 directions on each channel."""
    out = []
    for wavelength in (4, 8, 16):
        rows, columns = np.mgrid[-wavelength : wavelength + 1, -wavelength : wavelength + 1]
        window = np.exp(-(rows**2 + columns**2) / (2 * (wavelength / 2) ** 2))
        for turn in np.arange(4) * np.pi / 4:
            wave = np.cos(2 * np.pi * (columns * np.cos(turn) + rows * np.sin(turn)) / wavelength) * window
            wave -= window * wave.sum() / window.sum()
            for channel in x.numpy():
                found = np.abs(signal.fftconvolve(channel, wave, mode="valid"))
                out += [found.mean(), found.std()]
    return np.log(np.array(out))


@pytest.fixture(scope="module")
def blobs():
    """A picture of one texture left and another right, each far from noise: dots before stripes."""
    rows, columns = np.mgrid[:96, :96]
    stripes = np.stack([0.5 + 0.4 * np.sin(2 * np.pi * columns / p) for p in (8, 8, 8)])
    dots = np.stack([0.3 + 0.6 * ((rows % 16 - 8) ** 2 + (columns % 16 - 8) ** 2 < 20)] * 3)
    x = np.where(columns < 48, stripes, dots) * np.array([1.0, 0.8, 0.5])[:, None, None]
    x = torch.from_numpy(np.round(x * 255) / 255).float()[None]
    mask = torch.from_numpy((np.hypot(rows - 50, columns - 44) < 26).astype(np.float32))[None, None]
    filled = torch.full_like(x, 0.5)
    return Batch(("blobs",), x, (frozenset({0}),), {"mask": mask, "filled": filled})


class TestCells:
    def test_a_cycle_worked_out(self):
        # cells 0 1 / 2 3 with order 2 0 3 1: 2 goes to 0's place, 0 to 3's, 3 to 1's, 1 to 2's
        x = torch.tensor([[[0.0, 1.0], [2.0, 3.0]]])
        moved = cycle(x, Grid(0, 0, 1, 1, 2, 2), torch.tensor([2, 0, 3, 1]))
        assert moved.tolist() == [[[2.0, 3.0], [1.0, 0.0]]]

    def test_neighbors_worked_out(self):
        # three in a row, order 0 1 2: 2 0 1, so that 0 1 stay neighbors and 1 2 do not: one of two
        assert still_together(Grid(0, 0, 4, 4, 1, 3), torch.tensor([0, 1, 2])) == 0.5
        # order 0 2 1 on three: 0 -> 2's place, 2 -> 1's, 1 -> 0's: 1 2 0 keeps 1 2
        assert still_together(Grid(0, 0, 4, 4, 1, 3), torch.tensor([0, 2, 1])) == 0.5

    @pytest.mark.parametrize(("box", "wanted"), [
        # 10 high and 7 wide in 4 cells: cells of 3 by 2, 12 by 8, grown evenly and kept on the canvas
        ((2, 1, 9, 11), Grid(0, 2, 3, 2, 4, 4)),
        # all of a canvas of 14 by 15: 3 by 3 cells only, so a strip of two rows and three columns stays out
        ((0, 0, 15, 14), Grid(0, 0, 3, 3, 4, 4)),
    ])  # fmt: skip
    def test_a_grid_over_a_box(self, box, wanted):
        found = grid_over(box, (14, 15), rows=4, columns=4)
        assert (found.height, found.width) == (wanted.height, wanted.width)
        assert found.top >= 0
        assert found.top + 4 * found.height <= 14
        assert found.left + 4 * found.width <= 15


class TestPatches:
    @pytest.mark.parametrize("grid", [2, 4, 7])
    def test_of_the_picture_every_pixel_is_kept_and_every_cell_moves(self, grid, canvas):
        result = show("shape-patches", canvas, of="picture", grid=grid)
        side, first = 256 // grid, 256 % grid // 2
        assert result.facts["cells"] == (grid**2,) * 4
        for i in range(4):
            assert np.array_equal(colors(result.x[i]), colors(canvas.x[i]))
            assert share(result.aux["mask"][i]) == share(canvas.aux["mask"][i])
            for row, column in np.ndindex(grid, grid):
                top, left = first + row * side, first + column * side
                at = np.s_[:, top : top + side, left : left + side]
                assert not torch.equal(result.x[i][at], canvas.x[i][at])
            # beyond the last whole cell nothing moves
            beyond = np.s_[:, first + side * grid :]
            assert torch.equal(result.x[i][beyond], canvas.x[i][beyond])

    @pytest.mark.parametrize("grid", [2, 3, 8])
    def test_of_the_object_its_pixels_and_its_area_stay_and_the_background_too(self, grid, canvas):
        result = show("shape-patches", canvas, grid=grid)
        for i in range(4):
            mask, new = canvas.aux["mask"][i], result.aux["mask"][i]
            assert share(new) == pytest.approx(share(mask), abs=1e-9)
            assert np.array_equal(colors(result.x[i], new), colors(canvas.x[i], mask))
            box = ndimage.find_objects(
                ndimage.binary_dilation(mask[0].numpy() > 0, iterations=2 + grid).astype(int)
            )[0]
            outside = np.ones((256, 256), bool)
            outside[box] = False
            behind = canvas.aux["filled"][i].mul(255).round().div(255)
            assert torch.equal(result.x[i][:, outside], behind[:, outside])

    def test_the_outline_is_gone(self, canvas):
        # overlap of old and new mask falls from 1 to about the object's share of its own box, 0.7 or so
        for i, new in enumerate(show("shape-patches", canvas, grid=8).aux["mask"]):
            old = canvas.aux["mask"][i]
            assert (old * new).sum() / torch.maximum(old, new).sum() < 0.75

    def test_neighbors_are_parted(self, canvas):
        kept = [
            k for d in range(5) for k in show("shape-patches", canvas, draw=d, grid=4).facts["neighbors_kept"]
        ]
        # a pair stays in 1 of about 16 placements; 20 draws of 24 pairs each
        assert 0.02 < np.mean(kept) < 0.12

    def test_square_cells_of_a_given_side(self, canvas):
        result = show("shape-patches", canvas, of="picture", cell=0.25)
        assert result.facts["cells"] == (16,) * 4
        assert STRESSORS.make("shape-patches", {"cell": 0.25}).dial.severity == 0.25

    def test_what_has_no_two_cells_is_refused(self, make_batch):
        small = show("shape-patches", make_batch(1, 16, 16), of="picture", grid=32)
        assert small.refused[0] == "there is no room for two cells; choose smaller cells or a larger canvas"

    def test_the_picture_needs_no_mask(self, canvas):
        assert STRESSORS.make("shape-patches", {"of": "picture"}).needs == frozenset()
        bare = show("shape-patches", canvas.but(aux={}), of="picture")
        assert torch.equal(bare.x, show("shape-patches", canvas, of="picture").x)


class TestTexture:
    def test_gram_matrices_worked_out(self):
        # of a plain picture every color is at the mean, every response 0: only the constant's 1 is left
        texture = Texture(torch.full((1, 3, 32, 32), 0.3))
        wanted = torch.zeros(33, 33)
        wanted[-1, -1] = 1
        assert all(torch.allclose(g, wanted, atol=1e-4) for g in texture.grams)

    def test_gram_matrices_against_numpy(self, canvas):
        from durometer.ops.gram import filters

        x = canvas.x[:1, :, :40, :44]
        texture = Texture(x)
        flat = x[0].double().numpy().reshape(3, -1)
        values, axes = np.linalg.eigh(np.cov(flat, bias=True))
        white = (axes / np.sqrt(values + 0.02**2)) @ axes.T @ (flat - flat.mean(axis=1, keepdims=True))
        windows = np.lib.stride_tricks.sliding_window_view(white.reshape(3, 40, 44), (7, 7), axis=(1, 2))
        f = np.einsum("cyxij,ncij->nyx", windows, filters(3, 0).double().numpy()).clip(0).reshape(32, -1)
        f = np.concatenate((f, np.ones((1, f.shape[1]))))
        assert np.allclose(texture.grams[0].numpy(), f @ f.T / f.shape[1], atol=2e-4)

    def test_a_place_in_the_picture_plays_no_part(self, canvas):
        x = canvas.x[:1]
        assert Texture(x).distance(x) == 0
        # a torus is the same everywhere; only the edges, which filters don't cross, differ
        assert Texture(x).distance(x.roll((64, 32), (2, 3))) < 0.1

    def test_only_what_lies_in_the_mask_counts(self, canvas):
        x, mask = canvas.x[:1], canvas.aux["mask"][:1]
        other = torch.where(mask > 0, x, 1 - x)
        one, two = Texture(x, mask), Texture(other, mask)
        assert all(torch.equal(a, b) for a, b in zip(one.grams, two.grams, strict=True))

    @pytest.mark.parametrize("n", [50, 300])
    def test_transport_ends_on_the_wanted_distribution(self, n):
        generator = np.random.default_rng(0)
        points = torch.from_numpy(generator.normal(size=(300, 3)))
        like = torch.from_numpy(
            generator.gamma(2.0, size=(n, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0.3], [0, 0, 1]])
        )
        moved = sliced_transport(points, like, Dice(0, "t", 1, ("a",)), turns=16).numpy()
        like = like.numpy()
        if n == 300:  # the channels come last: each is a rearrangement
            assert np.allclose(np.sort(moved, axis=0), np.sort(like, axis=0))
        assert np.abs(np.cov(moved.T) - np.cov(like.T)).max() < 0.12 * np.cov(like.T).max()
        assert (
            np.abs(
                np.quantile(moved, [0.2, 0.5, 0.8], axis=0) - np.quantile(like, [0.2, 0.5, 0.8], axis=0)
            ).max()
            < 0.2
        )


class TestGram:
    def test_gabor_energies_and_colors_come_back_and_places_do_not(self, blobs):
        result = show("shape-gram", blobs, of="picture")
        before, after = blobs.x[0], result.x[0]
        shuffled = before.flatten(1)[:, torch.randperm(96 * 96, generator=torch.Generator().manual_seed(0))]
        wanted = gabor_energies(before)
        missed = np.abs(gabor_energies(after) - wanted).mean()
        noise = np.abs(gabor_energies(shuffled.reshape(3, 96, 96)) - wanted).mean()
        assert missed < 0.4 * noise
        assert np.abs(np.sort(after.flatten(1)) - np.sort(before.flatten(1))).mean() < 0.02
        # coarse brightness, 6 × 6 cells: nothing of the layout is left
        coarse = [torch.nn.functional.avg_pool2d(t.mean(0)[None], 16).flatten() for t in (before, after)]
        assert abs(np.corrcoef(*coarse)[0, 1]) < 0.6

    def test_more_steps_come_closer(self, blobs):
        errors = [
            show("shape-gram", blobs, of="picture", steps=s).facts["texture_error"][0] for s in (1, 6, 25)
        ]
        assert errors[0] > errors[1] > errors[2]

    def test_the_object_becomes_a_disk_of_its_area_where_it_was(self, blobs, canvas):
        for batch in (blobs, canvas.select([0, 1])):
            result = show("shape-gram", batch, steps=1)
            for i in range(len(batch)):
                old, new = batch.aux["mask"][i], result.aux["mask"][i]
                assert share(new) == pytest.approx(share(old), abs=2e-4)
                assert (
                    np.abs(
                        np.subtract(
                            ndimage.center_of_mass(old[0].numpy()), ndimage.center_of_mass(new[0].numpy())
                        )
                    ).max()
                    < 0.02
                )
                weights = new[0].double().numpy()
                rows, columns = np.nonzero(weights > 0.5)
                spread = np.cov(np.stack((rows, columns)))
                assert abs(spread[0, 0] / spread[1, 1] - 1) < 0.02  # round
                outside = new[0] == 0
                behind = batch.aux["filled"][i].mul(255).round().div(255)
                assert torch.equal(result.x[i][:, outside], behind[:, outside])

    def test_nothing_of_the_background_comes_into_the_texture(self, blobs):
        mask = blobs.aux["mask"]
        other = blobs.but(x=torch.where(mask > 0, blobs.x, 1 - blobs.x))
        assert torch.equal(show("shape-gram", blobs, steps=2).x, show("shape-gram", other, steps=2).x)

    def test_draws_differ(self, blobs):
        one, two = (show("shape-gram", blobs, draw=d, of="picture", steps=1).x for d in (0, 1))
        assert not torch.equal(one, two)

    def test_what_can_not_be_shown_is_refused(self, make_batch):
        tiny = show("shape-gram", make_batch(1, 16, 16, share=0.3), steps=1)
        assert tiny.refused[0].startswith("it is too small or too thin for the statistics of a texture")
        faint = make_batch(1, 64, 64)
        faint = faint.but(aux={**faint.aux, "mask": faint.aux["mask"] * 0.9})
        assert show("shape-gram", faint, steps=1).refused[0].startswith("it is too small or too thin")
        large = make_batch(1, 40, 120)
        mask = torch.zeros_like(large.aux["mask"])
        mask[..., 2:38, 4:116] = 1
        wide = show("shape-gram", large.but(aux={**large.aux, "mask": mask}), steps=1)
        assert wide.refused[0].startswith("a disk of the object's area does not fit on the canvas")
