"""Crop selection: scores of each crop alone, the certificate against answers, rates by simulation."""

import numpy as np
import pytest
import torch
from scipy import ndimage, signal

from durometer.core import Dice, InputSpec, ModelCard, ModelError, UsageError
from durometer.models import load_model
from durometer.trust import CropSelection, same_crop_probability
from durometer.trust.crop_scores import BASES, PATCH, PRIME, SCORES, content, filtered, levels, variance
from durometer.trust.same_crop import best, surviving

SIDE = 24


class Toy:
    """A classifier that looks at every pixel: another crop is another answer."""

    def __init__(self, side=SIDE, crop=0.75):
        self.card = ModelCard("toy", "d", input=InputSpec(size=(side, side), crop=crop))
        weights = np.random.default_rng(5).standard_normal((3 * side * side, 7))
        self.weights = torch.from_numpy(weights)

    def view(self, canvas):
        raise AssertionError("the selection makes its own view")

    def __call__(self, x):
        assert x.shape[1:] == (3, *self.card.input.size)
        return torch.stack([(one.double().flatten() @ self.weights) for one in x]).float()


def pictures(n, side, *, smooth=0.0, seed=0):
    """Pictures on the 8-bit grid; `smooth` is the exponent by which amplitudes fall: 1 as in photographs."""
    dice = np.random.default_rng(seed)
    waves = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None])
    waves[0, 0] = 1
    raw = np.fft.ifft2(np.fft.fft2(dice.standard_normal((n, 3, side, side))) / waves**smooth).real
    raw = (raw - raw.mean((-1, -2), keepdims=True)) / raw.std((-1, -2), keepdims=True)
    return torch.from_numpy(np.clip(np.round(128 + 40 * raw), 0, 255) / 255).float()


@pytest.mark.parametrize("name", SCORES)
def test_property_a_score_is_a_function_of_the_crop_alone(name):
    x = levels(pictures(2, 31))
    every = SCORES[name](x, SIDE)
    assert every.shape == (2, 8, 8)
    for row in range(8):
        for column in range(8):
            alone = SCORES[name](x[..., row : row + SIDE, column : column + SIDE], SIDE)
            assert torch.equal(alone[:, 0, 0], every[:, row, column])


def test_oracle_variance_is_numpy_s():
    x = levels(pictures(1, 28))
    gray = x[0].sum(0).numpy()
    crop = gray[3 : 3 + SIDE, 2 : 2 + SIDE]
    assert variance(x, SIDE)[0, 3, 2].item() == pytest.approx(crop.var() * SIDE**4, rel=1e-12)


def test_oracle_the_filter_is_scipy_s():
    x = levels(pictures(1, 30))
    gray = x[0].sum(0).numpy().astype(float)
    rough = ndimage.convolve(gray, np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]))
    signs = (
        Dice(0, "crop selection", 1, ("filter",)).integers("signs", 0, 2, (PATCH, PATCH))[0].numpy() * 2 - 1
    )
    assert set(np.unique(signs)) == {-1, 1}
    every = signal.correlate(rough, signs, mode="valid", method="direct")
    start = 1 + (SIDE - 2 - PATCH) // 2  # the patch in the middle of a crop's inner pixels
    assert np.array_equal(filtered(x, SIDE)[0].numpy(), every[start : start + 7, start : start + 7])


def test_oracle_the_hash_is_a_polynomial_in_whole_numbers():
    x = levels(pictures(1, 9))
    packed = (x[0, 0] * 65536 + x[0, 1] * 256 + x[0, 2]).tolist()  # 24 bits, below the prime
    crop = [row[2:7] for row in packed[1:6]]
    down, across = BASES
    wanted = sum(v * down**i * across**j for i, row in enumerate(crop) for j, v in enumerate(row)) % PRIME
    assert content(x, 5)[0, 1, 2].item() == wanted


def test_oracle_equal_scores_go_to_the_higher_hash_and_then_to_the_first():
    scores = torch.tensor([[[3, 9, 9], [9, 1, 2]], [[4, 4, 4], [4, 4, 4]]])
    ties = torch.tensor([[[8, 2, 5], [5, 9, 9]], [[1, 1, 1], [1, 1, 1]]])
    assert best(scores, ties).tolist() == [2, 0]


def test_oracle_moves_that_keep_the_winner_by_hand():
    # of a 4 × 4 map the middle 2 × 2 is the view: 7 wins at (1, 2). Moved right it stays against 3 and 6;
    # moved up to rows 0, 1 it meets 8 at (0, 1); moved left (columns 0, 1) or down (rows 2, 3) it has left.
    scores = torch.tensor([[[0, 8, 1, 1], [2, 5, 7, 3], [1, 4, 0, 6], [9, 0, 1, 2]]])
    kept = surviving(scores, torch.zeros_like(scores), 1)[0]
    assert kept.int().tolist() == [[0, 0, 1], [0, 1, 1], [0, 0, 0]]


@pytest.mark.parametrize(("k", "dx", "dy"), [(33, 1, 0), (33, 1, 1), (9, -1, 1), (9, 2, -1), (17, 0, 1)])
def test_oracle_the_share_of_kept_winners_of_independent_scores(k, dx, dy):
    n, reach = 3000, max(abs(dx), abs(dy))
    size = k + 2 * reach
    scores = torch.from_numpy(np.random.default_rng(k).integers(0, 2**40, (n, size, size)))
    moves = surviving(scores, torch.zeros_like(scores), reach)
    kept = moves[:, reach + dy, reach + dx].double().mean().item()
    wanted = same_crop_probability(k, dx, dy)
    assert kept == pytest.approx(wanted, abs=3.5 * np.sqrt(wanted * (1 - wanted) / n))


def test_oracle_the_formula_by_hand():
    # 33 crops a side: 32 · 33 of 34 · 33 stay; diagonal 32² of 2 · 33² − 32² = 1154
    assert same_crop_probability(33, 1, 0) == pytest.approx(32 / 34)
    assert same_crop_probability(33, -1, 1) == pytest.approx(1024 / 1154)
    assert same_crop_probability(3, 3, 0) == 0
    assert same_crop_probability(1, 0, 0) == 1
    with pytest.raises(ValueError, match="no 0 crops"):
        same_crop_probability(0, 1, 1)


def test_simulation_rough_scores_keep_the_formula_and_smooth_ones_fall_short():
    # pictures with the spectrum of photographs; 11 × 11 crops: (k − 1) / (k + 1) = 10 / 12
    x = levels(pictures(300, SIDE + 12, smooth=1.0))
    shares = {}
    for name, score in SCORES.items():
        scores = score(x, SIDE)
        kept = surviving(scores, torch.zeros_like(scores), 1)
        shares[name] = kept[:, 1, [0, 2]].double().mean().item()  # one pixel left or right
    assert shares["content"] == pytest.approx(10 / 12, abs=0.05)
    assert shares["filter"] == pytest.approx(10 / 12, abs=0.06)
    assert shares["variance"] < 0.6


@pytest.mark.parametrize("score", SCORES)
def test_theorem_a_certified_move_never_changes_the_answer(score):
    # canvas 32 = scaled side: no resizing. The camera moves by (dx, dy) over a canvas with more around it.
    around, reach = 2, 2
    big = pictures(40, 32 + 2 * around, smooth=1.0, seed=3)
    selection = CropSelection(Toy(), window=27, score=score)
    canvas = big[..., around:-around, around:-around]
    kept = selection.certificate(canvas, reach=reach)
    before = selection(selection.view(canvas))
    changed = 0
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            moved = big[..., around + dy :, around + dx :][..., :32, :32]
            after = selection(selection.view(moved))
            same = (after == before).all(dim=1)
            assert same[kept[:, dy + reach, dx + reach]].all()
            changed += int((~same).sum())
    assert kept[:, reach, reach].all()
    assert changed > 0  # where nothing is certified, answers do change: the test can fail


@pytest.mark.parametrize("score", SCORES)
def test_theorem_cyclic_shifts_never_change_the_answer(score):
    selection = CropSelection(Toy(), cyclic=True, score=score)
    x = torch.cat((pictures(3, 32), pictures(1, 16).repeat(1, 1, 2, 2), torch.full((1, 3, 32, 32), 0.5)))
    before = selection(selection.view(x))
    for shift in ((1, 0), (0, 1), (5, -7), (16, 31)):
        assert torch.equal(selection(selection.view(torch.roll(x, shift, (-2, -1)))), before)


def test_oracle_the_chosen_crop_is_what_the_model_is_shown():
    selection = CropSelection(Toy(), window=30)
    x = pictures(5, 30)
    scores = filtered(levels(x), SIDE)
    for one, score, (row, column), answer in zip(
        x, scores, selection.chosen(x).tolist(), selection(x), strict=True
    ):
        assert score[row, column] == score.max()
        crop = one[None, :, row : row + SIDE, column : column + SIDE]
        assert torch.equal(Toy()(crop)[0], answer)


def test_property_each_picture_is_chosen_for_alone():
    selection, x = CropSelection(Toy()), pictures(6, 28)
    together = selection.chosen(x)
    assert all(torch.equal(selection.chosen(x[i : i + 1])[0], together[i]) for i in range(6))
    assert torch.equal(selection.chosen(x.flip(0)), together.flip(0))


def test_oracle_the_card_says_what_is_seen():
    selection = CropSelection(Toy())
    # 24 of 24 / 0.75 = 32; halfway 28, the middle of a canvas of 64 scaled to 32: 4 pixels a side are cut
    assert (selection.window, selection.scaled, selection.card.input.size) == (28, 32, (28, 28))
    assert selection.visible(64, 64) == (4, 4, 60, 60)
    digests = {CropSelection(Toy(), **said).card.digest for said in (
        {}, {"window": 30}, {"score": "content"}, {"cyclic": True}, {"scaled": 40})}  # fmt: skip
    assert len(digests) == 5


@pytest.mark.parametrize(
    ("toy", "said", "sentence"),
    [
        (Toy(), {"score": "varience"}, "there is no score 'varience'.*variance"),
        (
            Toy(),
            {"window": 20},
            "a window of 20 is not between the input's 24 and the scaled short side of 32",
        ),
        (Toy(), {"window": 33}, "a window of 33 is not between"),
        (Toy(crop=1.0), {}, "a window as large as the input leaves one crop.*scaled=27"),
    ],
)
def test_errors_of_options(toy, said, sentence):
    with pytest.raises(UsageError, match=sentence):
        CropSelection(toy, **said)


def test_errors_of_models_and_canvases():
    unknown = Toy()
    unknown.card = ModelCard("strange", "d")
    with pytest.raises(ModelError, match=r"square input of known size.*--input size=224"):
        CropSelection(unknown)
    with pytest.raises(UsageError, match="has not 3 pixels around a view of 28"):
        CropSelection(Toy()).certificate(pictures(1, 64), reach=3)
    with pytest.raises(UsageError, match="no border to certify"):
        CropSelection(Toy(), cyclic=True).certificate(pictures(1, 32))


def test_contract_it_is_a_model_of_the_command_line():
    own = load_model("scenes/cnn")
    side = own.card.input.size[0]
    model = load_model(f"rics:window={side + 4},scaled={side + 8},score=content:scenes/cnn")
    assert (model.window, model.scaled, model.score, model.side) == (side + 4, side + 8, "content", side)
    assert model.card.labels == own.card.labels
    x = pictures(2, side + 4)
    row, column = model.chosen(x)[0].tolist()
    assert torch.allclose(model(x)[0], own(x[:1, :, row : row + side, column : column + side])[0], atol=1e-5)
    with pytest.raises(UsageError, match="names no model"):
        load_model("rics:window=3:")
    with pytest.raises(Exception, match="unknown parameter 'windo'"):
        load_model("rics:windo=3:scenes/cnn")
