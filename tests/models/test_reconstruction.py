"""Models that measure first, the network that mends what was left out, and what it is trained with."""

import numpy as np
import pytest
import torch

from durometer.core import Dice, UnknownNameError, UsageError
from durometer.data import open_data
from durometer.data.phantoms import Phantoms
from durometer.harden.reconstruction import Robustness, error, train_reconstruction
from durometer.models import load_model, zoo
from durometer.models.measured import Measured, Measurement, zero_filling
from durometer.ops.color import luma
from durometer.ops.kspace import lines
from durometer.threat import Linf


def pictures(n=4, side=32, **given):
    data = Phantoms(n=n, size=side, **given)
    return torch.stack([data[i].x for i in range(n)]) / 255


def test_oracle_the_view_is_the_magnitude_of_the_measured_gray_picture():
    x = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    gray = (x * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(dim=1).numpy()
    k = np.fft.fftshift(np.fft.fft2(gray), axes=(-2, -1)) * lines(16).numpy()
    wanted = np.abs(np.fft.ifft2(np.fft.ifftshift(k, axes=(-2, -1)))).clip(0, 1)
    np.testing.assert_allclose(zero_filling().view(x)[:, 0].numpy(), wanted, atol=1e-6)


def test_a_view_does_not_depend_on_its_neighbors():
    model, x = zero_filling(), pictures(6)
    together = model.view(x)
    for i in range(6):
        assert torch.equal(model.view(x[i : i + 1])[0], together[i])


def test_a_model_says_how_it_measures():
    model = Measured(torch.nn.Identity(), "it", measurement=Measurement(acceleration=8), size=(24, 24))
    assert model.card.task == "reconstruction"
    assert "acceleration=8" in model.card.guesses[0]
    assert model.view(pictures()).shape == (4, 1, 24, 24)


@pytest.mark.parametrize(("height", "width"), [(8, 8), (33, 30), (64, 64)])
def test_the_network_takes_any_size_and_adds_to_its_input(height, width):
    net = zoo.fresh("reconstructor", seed=0)
    x = torch.rand(2, 1, height, width, generator=torch.Generator().manual_seed(0))
    assert net(x).shape == x.shape
    with torch.no_grad():
        net.last[1].weight.zero_()
        net.last[1].bias.zero_()
        assert torch.equal(net(x), x)
    assert sum(p.numel() for p in net.parameters()) < 300_000


def test_oracle_phantoms_are_ellipses_in_a_rim():
    data = Phantoms(n=20, size=96)
    for i in range(20):
        sample = data[i]
        assert torch.equal(sample.x[0], sample.x[1])
        assert torch.equal(sample.y, sample.x[:1].float() / 255)
        inside = sample.y[0] > 0.05
        rows, columns = inside.any(dim=1).sum(), inside.any(dim=0).sum()
        # half-axes between .33 and .45 of the side, turned by up to 30 degrees
        assert 0.6 < rows / 96 < 0.95
        assert 0.6 < columns / 96 < 0.9
        assert sample.y[0, :2].max() == 0
        assert 0.8 < sample.y.max() <= 1


def test_phantoms_are_the_same_at_any_size_and_differ_by_seed_and_split():
    large, small = Phantoms(size=96), Phantoms(size=32)
    pooled = torch.nn.functional.avg_pool2d(large[3].y[None], 3)[0]
    assert (pooled - small[3].y).abs().mean() < 0.01
    assert not torch.equal(small[3].x, Phantoms(size=32, seed=1)[3].x)
    assert not torch.equal(small[3].x, Phantoms(size=32, split="train")[3].x)
    named = open_data("phantoms:train", n=5, size=32)
    assert (len(named), named.ids()[4]) == (5, "train/000004")


def test_errors():
    with pytest.raises(UnknownNameError, match="tests"):
        Phantoms(split="tests")
    with pytest.raises(UsageError, match="size = 4 is less than 16"):
        Phantoms(size=4)
    with pytest.raises(UsageError, match="are no training"):
        train_reconstruction(zoo.fresh("reconstructor", seed=0), Phantoms(n=8, size=16), epochs=1)


def trained(robustness=None, *, epochs, widths=(8, 12), learning_rate=5e-3):
    net = zoo.fresh("reconstructor", seed=0, widths=widths)
    data = Phantoms(split="train", n=64, size=32)
    return train_reconstruction(
        net, data, epochs=epochs, batch_size=16, learning_rate=learning_rate, robustness=robustness
    )


def test_oracle_training_brings_the_error_below_that_of_zero_filling():
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    net = trained(epochs=40, widths=(16, 24), learning_rate=2e-3)
    assert torch.equal(torch.random.get_rng_state(), before)
    truth = luma(pictures(16))
    given = Measurement()(truth)
    with torch.no_grad():
        assert error(net(given), truth).mean() < 0.85 * error(given, truth).mean()


def test_the_same_training_gives_the_same_network_and_robustness_another():
    first, again = trained(epochs=1), trained(epochs=1)
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    robust, twice = (trained(Robustness(), epochs=1) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(robust.parameters(), twice.parameters(), strict=True))
    assert not torch.equal(next(robust.parameters()), next(first.parameters()))


def test_oracle_the_worst_case_of_handing_back_is_epsilon_in_the_wrong_direction():
    """‖x + δ − t‖² is largest where every δ goes away from t: |x − t| + ε, as far as [0, 1] allows."""
    from durometer.core import Batch
    from durometer.harden import reconstruction

    x = pictures(3)
    batch = Batch(("a", "b", "c"), x, (None,) * 3)
    how = Robustness(threat=Linf(epsilon=0.02), steps=4, degrees=0.0, share=0.01)
    dice = Dice(0, "it", 1, batch.ids)
    found = reconstruction._worst(torch.nn.Identity(), batch, Measurement(), how, dice)
    changed = [reconstruction.apply(one, batch, dice) for one in how.drawn(dice)]
    truth, given = reconstruction._worse(torch.nn.Identity(), changed, Measurement())
    worst = torch.maximum(
        ((given + 0.02).clamp(0, 1) - truth) ** 2, ((given - 0.02).clamp(0, 1) - truth) ** 2
    )
    assert (found <= worst.mean(dim=(1, 2, 3)) + 1e-7).all()
    assert found.tolist() == pytest.approx(worst.mean(dim=(1, 2, 3)).tolist(), rel=0.02)


@pytest.mark.parametrize("name", ["phantoms/plain", "phantoms/robust"])
def test_the_shipped_networks_do_what_is_written_beside_them(name):
    from durometer.ops.fidelity import fidelity

    model, recorded = load_model(name), zoo.entry(name).figures
    data = Phantoms(n=40, seed=1)
    x = torch.stack([data[i].x for i in range(40)]) / 255
    with torch.no_grad():
        output = model(model.view(x))
    found = [fidelity(one, data[i].y) for i, one in enumerate(output)]
    assert np.mean([f.psnr for f in found]) == pytest.approx(recorded["PSNR in dB"]["value"], abs=0.5)
    assert np.mean([f.ssim for f in found]) == pytest.approx(recorded["SSIM"]["value"], abs=0.02)
    assert torch.equal(model.view(x), zero_filling().view(x))
    assert zoo.describe(name).startswith(zoo.entry(name).about)
    truth = luma(x)
    assert error(output, truth).mean() < 0.75 * error(model.view(x), truth).mean()
