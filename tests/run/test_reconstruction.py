"""Reconstruction and regression through a run: planted models whose errors are known."""

import numpy as np
import pytest
import torch

from durometer.core import IncompleteError, InputSpec, ModelCard, Sample, UsageError
from durometer.core.oracle import Oracle
from durometer.data.base import Data
from durometer.data.phantoms import Phantoms
from durometer.explain.errors import mean
from durometer.explain.summarize import summarize
from durometer.models import ModuleModel
from durometer.models.measured import Measured, Measurement, zero_filling
from durometer.ops.color import luma
from durometer.ops.kspace import lines, measure
from durometer.report import write
from durometer.report.markdown import document
from durometer.run import CanvasPlan, ConditionPlan, DataPlan, ModelPlan, Plan, run
from durometer.tasks.regression import Reconstruction

SIDE, N = 32, 6
ALL = Measurement(acceleration=1)  # every line is measured: the view is the picture


class Blur(torch.nn.Module):
    """Hands back the picture, but for what stands in a column far from the middle: it says 0 there."""

    def __init__(self, seen):
        super().__init__()
        self.seen = seen

    def forward(self, x):
        out = x.clone()
        out[..., : self.seen], out[..., -self.seen :] = 0, 0
        return out


class Bar(Data):
    """An upright bar three pixels wide in the middle, 20 high: turned, it reaches other columns."""

    name, labels = "bar", ("bar",)

    def __len__(self):
        return N

    def ids(self):
        return [f"b{i}" for i in range(N)]

    def has_mask(self, i):
        return False

    def __getitem__(self, i):
        x = torch.zeros(3, SIDE, SIDE, dtype=torch.uint8)
        x[:, 6:26, 14:17] = 150 + 10 * i
        return Sample(f"b{i}", x, frozenset({0}))


class Brightness(Bar):
    """What is wanted is the mean level of the picture, and its tenfold."""

    def __getitem__(self, i):
        sample = super().__getitem__(i)
        level = sample.x.float().mean() / 255
        return Sample(sample.id, sample.x, torch.stack((level, 10 * level)))


class Means(torch.nn.Module):
    def forward(self, x):
        level = x.mean(dim=(1, 2, 3))
        return torch.stack((level, 10 * level + 0.1), dim=1)


class Poisoned(torch.nn.Module):
    def forward(self, x):
        return torch.where(x.amax(dim=(1, 2, 3), keepdim=True) > 0.7, torch.nan, x)


def stress(name, **values):
    return ConditionPlan("stress", name, values)


def plan(*models, data=None, conditions=(), batch_size=4, side=SIDE):
    return Plan(
        tuple(ModelPlan(m) for m in models), DataPlan(data or Phantoms(n=N, size=side)), tuple(conditions),
        canvas=CanvasPlan(side), batch_size=batch_size,
    )  # fmt: skip


def errors(record):
    """Condition title -> columns of the table `errors` of one model."""
    table = record.table("errors")
    titles = {key: words["title"] for key, words in record.manifest["conditions"].items()}
    return {
        title: {name: column[table["condition"] == key] for name, column in table.items()}
        for key, title in titles.items()
    }


def test_oracle_who_is_given_everything_is_perfect_under_every_change(tmp_path):
    perfect = Measured(torch.nn.Identity(), "perfect", measurement=ALL)
    changes = [
        stress("rotate", degrees=33.0),
        stress("cutout", share=0.1),
        stress("flip"),
        stress("gaussian-noise", severity=4),
        stress("elastic-transform", profile="tiny-c"),
    ]
    record = run(plan(perfect, conditions=changes), tmp_path)
    assert record.rows()["score"] == pytest.approx(np.ones(7 * N), abs=1e-6)
    (found,) = summarize(record).more["errors"]
    for cell in (found.clean, *found.cells):
        assert cell.values["psnr"].value > 90  # float32 and two transforms
        assert cell.values["nmse"].value < 1e-9
    assert all(abs(cell.worse["ssim"].value) < 1e-6 for cell in found.cells)


def test_oracle_a_planted_weakness_grows_with_the_turn(tmp_path):
    """Blind beyond 8 pixels from the edges, the bar is seen upright; turned, its ends are not."""
    blind = Measured(Blur(8), "blind", measurement=ALL)
    changes = [stress("rotate", degrees=float(d)) for d in (10, 40, 60, 90)]
    record = run(plan(blind, data=Bar(), conditions=changes), tmp_path)
    (found,) = summarize(record).more["errors"]
    by_angle = {cell.severity: cell for cell in found.cells}
    lost = [by_angle[d].worse["psnr"].value for d in (10.0, 40.0, 60.0, 90.0)]
    assert found.clean.values["psnr"].value > 90
    assert lost == sorted(lost)
    # lying, 4 of 20 columns are beyond sight (26 - 24 and 8 - 6): a share 4/20 of the squares is lost
    assert by_angle[90.0].values["nmse"].value == pytest.approx(4 / 20, abs=0.01)
    assert max(found.cells, key=lambda c: c.worse["ssim"].value).severity == 90
    assert "under “rotate, 90°” it is" in " ".join(summarize(record).headline.sentences)


def test_oracle_the_table_holds_f_of_a_t_of_the_turned_picture(tmp_path):
    """Each row again by hand: turn, measure, take the magnitude, compare with the turned picture."""
    record = run(plan(zero_filling(), conditions=[stress("cutout", share=0.15, level=1.0)]), tmp_path)
    found = errors(record)["cutout, 15 %"]
    chosen = lines(SIDE)
    for i, nmse in zip(found["position"], found["nmse"], strict=True):
        clean = luma(Phantoms(n=N, size=SIDE)[int(i)].x[None] / 255)[0, 0].double()
        # where the square was put is not told; try all places, one of them gives the row
        side, tried = round((0.15 * SIDE * SIDE) ** 0.5), []
        for top in range(SIDE - side + 1):
            for left in range(SIDE - side + 1):
                cut = clean.clone()
                cut[top : top + side, left : left + side] = 1.0
                image = (
                    torch.fft.ifft2(torch.fft.ifftshift(measure(cut, chosen)), norm="ortho").abs().clamp(0, 1)
                )
                tried.append(float((image - cut).square().sum() / cut.square().sum()))
        assert min(abs(np.array(tried) - nmse)) < 1e-5
    assert len(found["nmse"]) == N


def test_an_attack_raises_the_error_of_what_the_network_is_given(tmp_path):
    attack = ConditionPlan("attack", "pgd", {"steps": 5}, threat={"name": "linf", "epsilon": 0.02})
    record = run(plan(zero_filling(), conditions=[attack]), tmp_path)
    found = errors(record)
    (title,) = [t for t in found if "pgd" in t]
    before, after = found["unedited canvas"], found[title]
    assert (after["mse"] > before["mse"]).all()
    assert (after["ssim"] < before["ssim"]).all()


def test_oracle_the_gradient_that_an_attack_gets():
    """Of zero-filling, the loss is the mean of (x + δ − t)²: its gradient 2 (x − t) / pixels."""
    model, x = zero_filling(), luma(Phantoms(n=2, size=SIDE)[0].x[None] / 255)
    given = model.view(x)
    oracle = Oracle(model, Reconstruction(), batch_size=4)
    loss, gradient = oracle.gradient(given, [x[0]])
    assert torch.allclose(gradient, 2 * (given - x) / SIDE**2, atol=1e-9)
    assert float(loss[0]) == pytest.approx(float((given - x).square().mean()))


def test_answers_do_not_depend_on_the_batch(tmp_path):
    model = zero_filling()
    changes = [stress("rotate", degrees=20.0), stress("cutout")]
    one, other = (
        run(plan(model, conditions=changes, batch_size=size), tmp_path / str(size)) for size in (1, 5)
    )
    for name, column in one.table("errors").items():
        assert (column == other.table("errors")[name]).all(), name


def test_answers_that_are_not_finite_are_counted_and_have_no_errors(tmp_path):
    poisoned = Measured(Poisoned(), "poisoned", measurement=ALL)
    record = run(plan(poisoned, data=Bar(), conditions=[stress("flip")]), tmp_path)
    rows = record.rows()
    bright = rows["position"] >= 3  # 180 / 255 = 0.706
    assert (rows["status"][bright] == "nan-output").all()
    assert (rows["score"][bright] == 0).all()
    assert set(record.table("errors")["position"].tolist()) == {0, 1, 2}


def test_oracle_numbers_through_a_run(tmp_path):
    card = ModelCard("means", "", task="regression", input=InputSpec(size=None), traits=frozenset({"grad"}))
    record = run(plan(ModuleModel(Means(), card), data=Brightness(), conditions=[stress("flip")]), tmp_path)
    # off by 0 and 0.1: mse 0.005, score 1 / 1.005; a mirror changes neither
    assert record.rows()["score"] == pytest.approx(np.full(3 * N, 1 / 1.005), abs=1e-4)
    (found,) = summarize(record).more["errors"]
    assert list(found.clean.values) == ["mse", "mae", "nmse"]
    assert found.clean.values["mse"].value == pytest.approx(0.005, abs=1e-5)
    assert found.cells[0].worse["mse"].value == pytest.approx(0, abs=1e-6)


def test_oracle_the_interval_of_a_mean():
    from scipy import stats

    values = np.random.default_rng(0).normal(30, 2, 40)
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = mean(values, 0.95)
    assert (found.value, found.low, found.high) == pytest.approx((values.mean(), low, high))
    assert mean(values[:1], 0.95).n == 0


def test_the_report_shows_it(tmp_path):
    models = zero_filling(), Measured(Blur(2), "<b>blind</b>")
    record = run(plan(*models, conditions=[stress("rotate", degrees=30.0)]), tmp_path / "r")
    summary = summarize(record)
    text = document(summary)
    assert "| zero-filled | PSNR, dB ↑ | SSIM ↑ | NMSE ↓ | PSNR worse by | n |" in text
    page = write(summary, tmp_path / "report", artifact=record.artifact, formats=("html",))["html"]
    html = page.read_text()
    assert 'id="t-errors-2"' in html
    assert "<b>blind" not in html


def test_errors(tmp_path):
    card = ModelCard("net", "", task="regression", input=InputSpec(size=None))
    with pytest.raises(UsageError, match="targets of regression are float tensors"):
        run(plan(ModuleModel(torch.nn.Identity(), card), data=Bar()), tmp_path / "a")
    many = torch.nn.Conv2d(1, 2, 1)
    with pytest.raises(IncompleteError, match=r"answers \(2, 32, 32\) where the target is \(1, 32, 32\)"):
        run(plan(Measured(many, "many"), data=Bar()), tmp_path / "c")
