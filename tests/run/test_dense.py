"""Detection and segmentation through a run: blocks of pure color, and networks that see colors exactly."""

import json

import numpy as np
import pytest
import torch

from durometer.core import InputSpec, ModelCard, Objects, PlanError, Sample, UsageError
from durometer.data.base import Data
from durometer.explain.summarize import summarize
from durometer.models import ModuleModel
from durometer.report.markdown import document
from durometer.run import CanvasPlan, ConditionPlan, DataPlan, ModelPlan, Plan, run

SIDE, N = 64, 6
LABELS = ("red", "green")
MOVES = ("flip", "shift", "rotate", "zoom")


def places(i):
    """Left, top, right, bottom of the red and of the green block of picture i, on even pixels."""
    return [(10 + 2 * i, 12, 26 + 2 * i, 28), (24, 36, 44, 52 - 2 * (i % 3))]


class Blocks(Data):
    """A red and a green block on black; the target is what `kind` says."""

    def __init__(self, kind="objects", n=N):
        self.name, self.kind, self.n = "blocks", kind, n
        self.labels = LABELS if kind == "objects" else ("black", *LABELS)

    def __len__(self):
        return self.n

    def ids(self):
        return [f"b{i}" for i in range(self.n)]

    def has_mask(self, i):
        return False

    def __getitem__(self, i):
        x = torch.zeros(3, SIDE, SIDE, dtype=torch.uint8)
        masks = torch.zeros(2, SIDE, SIDE, dtype=torch.bool)
        for k, (left, top, right, bottom) in enumerate(places(i)):
            masks[k, top:bottom, left:right] = True
            x[k, masks[k]] = 255
        if self.kind == "map":
            y = masks[0].long() + 2 * masks[1].long()
        else:
            y = Objects(torch.tensor(places(i)).float(), torch.tensor([0, 1]), masks)
        return Sample(f"b{i}", x, y)


class Sees(torch.nn.Module):
    """Finds each color's pixels: a list of mappings, each with its own number of objects."""

    def __init__(self, colors=(0, 1), masks=True, poison=None):
        super().__init__()
        self.colors, self.masks, self.poison = colors, masks, poison

    def forward(self, x):
        return [self.one(picture) for picture in x]

    def one(self, x):
        known = [(k, x[k] > 0.5) for k in self.colors if bool((x[k] > 0.5).any())]
        found = {
            "boxes": torch.stack([around(m) for _, m in known]) if known else torch.zeros(0, 4),
            "scores": torch.full((len(known),), 0.9),
            "labels": torch.tensor([k for k, _ in known], dtype=torch.long),
        }
        if self.masks:
            held = [m.float()[None] for _, m in known]
            found["masks"] = torch.stack(held) if held else torch.zeros(0, 1, *x.shape[1:])
        if self.poison is not None and known and around(known[0][1])[0] == self.poison:
            found["scores"][0] = torch.nan
        return found


class Fixed(torch.nn.Module):
    """Always answers with the places of picture 0."""

    def forward(self, x):
        one = {
            "boxes": torch.tensor(places(0)).float(), "scores": torch.tensor([0.9, 0.8]),
            "labels": torch.tensor([0, 1]),
        }  # fmt: skip
        return [one] * len(x)


class Maps(torch.nn.Module):
    """(B, 3, H, W): black, red or green."""

    def forward(self, x):
        return {"out": torch.cat([torch.full_like(x[:, :1], 0.5), x[:, :2]], dim=1)}


def around(mask):
    y, x = mask.nonzero().unbind(1)
    return torch.tensor([x.min(), y.min(), x.max() + 1, y.max() + 1]).float()


def model(module, task, *, side=None, labels=LABELS):
    size = None if side is None else (side, side)
    return ModuleModel(module, ModelCard("net", "", task=task, labels=labels, input=InputSpec(size=size)))


def plan(module, task, *conditions, data=None, side=None, labels=LABELS, batch_size=4, **more):
    made = tuple(ConditionPlan("stress", c) if isinstance(c, str) else c for c in conditions)
    return Plan(
        (ModelPlan(model(module, task, side=side, labels=labels)),), DataPlan(data or Blocks()), made,
        canvas=CanvasPlan(SIDE), batch_size=batch_size, **more,
    )  # fmt: skip


def by_axis(record):
    (found,) = summarize(record).more["dense"][:1]
    return {c.axis: c for c in (found.clean, *found.cells)}


@pytest.mark.parametrize("side", [None, 32])
def test_oracle_who_sees_exactly_has_an_ap_of_1_wherever_the_picture_is_carried(tmp_path, side):
    record = run(plan(Sees(masks=False), "detection", "flip", "shift", side=side), tmp_path)
    found = by_axis(record)
    assert {title: c.value.value for title, c in found.items()} == dict.fromkeys(found, pytest.approx(1))
    assert set(record.rows()["score"].tolist()) == {1.0}
    assert all(c.drop is None or c.drop.value == 0 for c in found.values())


def test_oracle_masks_follow_turns_zooms_and_rubber(tmp_path):
    rubber = ConditionPlan("stress", "elastic-transform", {"profile": "tiny-c", "severity": 2})
    record = run(plan(Sees(), "instance-segmentation", *MOVES, rubber), tmp_path)
    boxes, masks = summarize(record).more["dense"]
    assert (boxes.measure, masks.measure) == ("AP", "mask AP")
    for cell in masks.cells:  # a turned edge is a line of pixels in doubt: IoU near 1, at .75 always found
        assert cell.others["mask AP75"].value == pytest.approx(1), cell.title
    still = [c for c in masks.cells if c.axis in ("flip", "shift")]
    assert [c.value.value for c in still] == [pytest.approx(1)] * 2


def test_oracle_who_does_not_follow_loses_everything(tmp_path):
    one = plan(Fixed(), "detection", "flip", data=Blocks(n=1))
    found = by_axis(run(one, tmp_path))
    # red of 10 to 26 is at 38 to 54 after the mirror: nothing overlaps; green of 24 to 44 is at 20 to 40, IoU
    # 16/24 = 2/3: found at .50, .55, .60 and .65 of the ten overlaps. AP of red 0, of green 4/10
    assert found["canvas"].value.value == pytest.approx(1)
    assert found["flip"].value.value == pytest.approx((0 + 0.4) / 2)
    assert found["flip"].others["AP50"].value == pytest.approx(0.5)
    assert found["flip"].drop.value == pytest.approx(0.8)


def test_oracle_the_score_of_a_picture_is_its_f1(tmp_path):
    rows = run(plan(Sees((0,)), "detection", "flip"), tmp_path).rows()
    # one of two objects found, nothing invented: 2 · 1 / (1 + 2) at all overlaps
    assert rows["score"].tolist() == pytest.approx([2 / 3] * 3 * N)
    assert rows["answer"].tolist() == [1] * 3 * N
    assert rows["target"].tolist() == ["0,1"] * 3 * N


def test_what_leaves_the_canvas_is_dropped_from_the_truth(tmp_path):
    class Corner(Blocks):
        def __getitem__(self, i):
            sample = super().__getitem__(i)
            return Sample(sample.id, sample.x, Objects(torch.tensor([[0.0, 0, 4, 4]]), torch.tensor([0])))

    away = ConditionPlan("stress", "zoom", {"factor": 2.0})
    record = run(plan(Sees(), "detection", away, data=Corner()), tmp_path)
    titles = {key: words["title"] for key, words in record.manifest["conditions"].items()}
    assert {titles[c] for c in record.table("truths")["condition"]} == {
        "unedited canvas",
        "own view of the original",
    }
    rows = record.rows()
    gone = [t for t, c in zip(rows["target"], rows["condition"], strict=True) if "zoom" in titles[c]]
    assert gone == [""] * N
    # where nothing is left there is no AP; of two objects a picture one may go alone
    assert by_axis(record).keys() == {"canvas"}


def test_objects_that_leave_are_counted(tmp_path):
    class Edge(Blocks):
        def __getitem__(self, i):
            sample = super().__getitem__(i)
            boxes = torch.tensor([[0.0, 0, 4, 4], *places(i)])
            return Sample(sample.id, sample.x, Objects(boxes, torch.tensor([0, 0, 1])))

    away = ConditionPlan("stress", "zoom", {"factor": 1.5})
    record = run(plan(Sees(masks=False), "detection", away, data=Edge()), tmp_path)
    assert by_axis(record)["zoom"].gone == N
    assert f"({N} objects left the canvas)" in document(summarize(record))


@pytest.mark.parametrize("task", ["detection", "instance-segmentation", "semantic-segmentation"])
def test_properties_digests_do_not_depend_on_batches(tmp_path, task):
    noise = ConditionPlan("stress", "gaussian-noise", {"profile": "tiny-c"})
    maps = task == "semantic-segmentation"
    data, module = (Blocks("map"), Maps()) if maps else (Blocks(), Sees())
    labels = ("black", *LABELS) if maps else LABELS
    made = [
        run(
            plan(module, task, noise, "rotate", data=data, labels=labels, batch_size=b, segment=s),
            tmp_path / f"{b}",
        )
        for b, s in ((4, 128), (3, 2))
    ]
    one, other = (r.manifest["digests"] for r in made)
    assert one == other
    assert set(one) == {"rows", "outputs", *(("regions",) if maps else ("detections", "truths"))}
    made[0].verify()


def test_oracle_answers_that_are_not_finite_score_0_and_find_nothing(tmp_path):
    poisoned = Sees(poison=places(2)[0][0])
    record = run(plan(poisoned, "detection", "brightness"), tmp_path)
    rows = record.rows()
    bad = rows["status"] == "nan-output"
    assert sorted(set(rows["sample"][bad])) == ["b2"]
    assert rows["score"][bad].tolist() == [0.0] * bad.sum()
    assert "b2" not in set(record.table("detections")["sample"])
    # 5 of 6 of each class are found, precision 1 up to a recall of 5/6: 84 of the 101 recalls lie there
    assert by_axis(record)["canvas"].value.value == pytest.approx(84 / 101)


def test_oracle_mean_iou_of_maps(tmp_path):
    record = run(
        plan(Maps(), "semantic-segmentation", *MOVES[:2], data=Blocks("map"), labels=("black", *LABELS)),
        tmp_path,
    )
    found = by_axis(record)
    assert [c.value.value for c in found.values()] == [pytest.approx(1)] * 3
    black, red = (record.table("regions")["true"][k] for k in (0, 1))
    assert (black, red) == (SIDE * SIDE - 16 * 16 - 20 * 16, 16 * 16)


def test_oracle_mean_iou_of_who_takes_red_for_green(tmp_path):
    class Wrong(Maps):
        def forward(self, x):
            return super().forward(x)["out"][:, [0, 2, 1]]

    data = Blocks("map", n=1)
    record = run(
        plan(Wrong(), "semantic-segmentation", "flip", data=data, labels=("black", *LABELS)), tmp_path
    )
    assert by_axis(record)["canvas"].value.value == pytest.approx(1 / 3)  # black is right, 0 and 0
    assert record.rows()["score"].tolist() == pytest.approx([1 / 3] * 3)


def test_mpc_and_rpc_are_means_over_whole_corruptions(tmp_path):
    levels = ConditionPlan("stress", "low-contrast", {"profile": "tiny-c", "severity": [1, 2, 3, 4, 5]})
    record = run(plan(Sees(masks=False), "detection", levels, "flip"), tmp_path)
    (found,) = summarize(record).more["dense"]
    (grid,) = found.corrupted
    values = [c.value.value for c in grid.cells["contrast"]]
    assert grid.mpc.value == pytest.approx(np.mean(values))
    assert grid.rpc.value == pytest.approx(np.mean(values) / found.clean.value.value)
    assert grid.mpc.low <= grid.mpc.value <= grid.mpc.high
    assert "AP is" in " ".join(summarize(record).headline.sentences)
    text = document(summarize(record))
    assert "mPC" in text
    assert "| contrast |" in text


def test_errors_models_and_data_that_don_t_meet(tmp_path):
    with pytest.raises(UsageError, match="a detector's targets are objects, and the data's are Tensor"):
        run(plan(Sees(), "detection", "flip", data=Blocks("map"), labels=("black", *LABELS)), tmp_path / "a")
    with pytest.raises(PlanError, match=r"unknown task 'detecting'"):
        run(plan(Sees(), "detecting", "flip"), tmp_path / "b")
    search = ConditionPlan("search", "worst-angle")
    with pytest.raises(PlanError, match="it asks for a class, and the models answer detection"):
        run(plan(Sees(), "detection", search), tmp_path / "c")
    two = plan(Sees(), "detection", "flip")
    other = ModelPlan(model(Maps(), "semantic-segmentation", labels=("black", *LABELS)), name="other")
    with pytest.raises(PlanError, match="answer different tasks: detection, semantic-segmentation"):
        run(two.but(models=(*two.models, other)), tmp_path / "d")


def test_the_manifest_says_what_a_score_is(tmp_path):
    manifest = json.loads(
        (run(plan(Sees(), "detection", "flip"), tmp_path).path / "manifest.json").read_text()
    )
    assert manifest["task"] == "detection"
    assert manifest["score"]["mean"] == "mean F1"
