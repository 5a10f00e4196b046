"""Errors of one sample: by hand, and SSIM against windows laid one by one in numpy."""

import math

import numpy as np
import pytest
import torch

from durometer.ops.fidelity import MOST_DB, fidelity, psnr


def picture(seed, side=16):
    return torch.from_numpy(np.random.default_rng(seed).random((1, side, side)))


def ssim_by_windows(x, y):
    """Wang et al.'s index with one Gaussian window a pixel, 0 beyond the picture; not a convolution."""
    n, reach = x.shape[-1], 5
    away = np.arange(-reach, reach + 1)
    g = np.exp(-(away**2) / (2 * 1.5**2))
    w = np.outer(g, g) / g.sum() ** 2
    a, b = (np.pad(p.numpy()[0], reach) for p in (x, y))
    c1, c2 = 0.01**2, 0.03**2
    values = []
    for i in range(n):
        for j in range(n):
            p, q = a[i : i + 11, j : j + 11], b[i : i + 11, j : j + 11]
            m, k = (w * p).sum(), (w * q).sum()
            vp, vq, both = (w * p * p).sum() - m * m, (w * q * q).sum() - k * k, (w * p * q).sum() - m * k
            values.append((2 * m * k + c1) * (2 * both + c2) / ((m * m + k * k + c1) * (vp + vq + c2)))
    return np.array(values).reshape(n, n)


def test_oracle_by_hand():
    # errors 0.1, 0.1, -0.2, 0, their squares .01 .01 .04 0:
    # mean .015; |.|: mean .1; of the target squares .25+.25+1+0 = 1.5
    target = torch.tensor([[[0.5, 0.5], [1.0, 0.0]]], dtype=torch.float64)
    found = fidelity(target + torch.tensor([[[0.1, 0.1], [-0.2, 0.0]]]), target)
    assert found.mse == pytest.approx(0.015, abs=1e-8)
    assert found.mae == pytest.approx(0.1, abs=1e-8)
    assert found.nmse == pytest.approx(0.06 / 1.5, abs=1e-8)
    assert found.psnr == pytest.approx(10 * math.log10(1 / 0.015), abs=1e-5)  # 18.239 dB


@pytest.mark.parametrize(
    ("mse", "db"), [(1.0, 0.0), (0.1, 10.0), (0.0001, 40.0), (1e-12, 100.0), (0.0, 100.0)]
)
def test_oracle_decibels(mse, db):
    assert psnr(mse) == pytest.approx(db)
    assert psnr(4 * mse, peak=2.0) == pytest.approx(db)


def test_a_perfect_answer_has_an_end():
    found = fidelity(picture(0), picture(0))
    assert (found.mse, found.mae, found.nmse, found.psnr) == (0, 0, 0, MOST_DB)
    assert found.ssim == pytest.approx(1, abs=1e-12)


def test_oracle_ssim_against_windows_laid_one_by_one():
    x, y = picture(0), picture(1)
    assert fidelity(x, y).ssim == pytest.approx(ssim_by_windows(x, y).mean(), abs=1e-9)


def test_oracle_what_is_unknown_counts_nowhere():
    x, y = picture(0), picture(1)
    hidden = torch.zeros_like(y, dtype=torch.bool)
    hidden[:, :, 10:] = True
    found = fidelity(x, torch.where(hidden, torch.nan, y))
    assert found.mse == pytest.approx(float((x - y)[~hidden].square().mean()), rel=1e-12)
    alike = ssim_by_windows(torch.where(hidden, 0.0, x), torch.where(hidden, 0.0, y))
    assert found.ssim == pytest.approx(alike[:, :10].mean(), abs=1e-9)


def test_numbers_have_no_peak_and_no_windows():
    found = fidelity(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 0.0]))
    assert (found.mse, found.mae, found.nmse, found.psnr, found.ssim) == (2.5, 1.5, None, None, None)
