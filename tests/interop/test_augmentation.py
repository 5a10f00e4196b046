"""Edits as MAITE augmentations: the change that a run shows, targets and metadata as the protocol wants."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from durometer.core import DataError, Dice, UsageError, stress
from durometer.data.scenes import Scenes
from durometer.interop import Augmentation
from durometer.stress import STRESSORS


@pytest.fixture(scope="module")
def samples():
    data = Scenes(n=3, size=48)
    return [data[i] for i in range(3)]


def batch(samples, made=lambda x: x.numpy()):
    eye = np.eye(8)
    metadata = [{"id": s.id, "mask": s.aux["mask"][0].numpy(), "hour": i} for i, s in enumerate(samples)]
    return [made(s.x) for s in samples], [eye[min(s.y)] for s in samples], metadata


def wanted(edit, values, samples, make_aux=None):
    """What the shell makes of the same samples."""
    from durometer.core import Batch
    from durometer.ops.fill import fill

    stressor = STRESSORS.make(edit, values)
    given = Batch.of(samples)
    given = given.but(x=given.x / 255.0)
    given = given.but(aux={**given.aux, "filled": fill(given.x, given.aux["mask"])})
    return stress(stressor, given, Dice(5, edit, stressor.version, given.ids))


def test_oracle_it_is_the_change_that_a_run_shows(samples):
    given = batch(samples)
    xs, ys, metadata = Augmentation("position", seed=5)(given)
    shell = wanted("position", {}, samples)
    assert all((x == (w * 255).round().byte().numpy()).all() for x, w in zip(xs, shell.x, strict=True))
    assert all(a is b for a, b in zip(ys, given[1], strict=True))
    for i, (before, after) in enumerate(zip(given[2], metadata, strict=True)):
        assert {k: after[k] for k in ("id", "hour")} == {k: before[k] for k in ("id", "hour")}
        assert (after["mask"] == shell.aux["mask"][i, 0].numpy()).all()
        (entry,) = after["durometer"]
        assert entry["edit"]["name"] == "position"
        assert (entry["seed"], entry["draw"]) == (5, 0)
        assert entry["facts"]["center_x"] == shell.facts["center_x"][i]
        assert "durometer" not in before


@pytest.mark.parametrize(
    "made",
    [
        lambda x: x.numpy(),
        lambda x: x,
        lambda x: x.numpy().astype(np.float32) / 255,
        lambda x: x.double() / 255,
        lambda x: x.numpy().astype(np.float32),
        lambda x: x.numpy().astype(np.uint16) * 257,
    ],
)
def test_oracle_pictures_keep_their_kind(made, samples):
    xs, _, _ = Augmentation("flip")(batch(samples, made))
    for x, sample in zip(xs, samples, strict=True):
        expected = made(sample.x.flip(-1))
        assert type(x) is type(expected)
        assert x.dtype == expected.dtype
        assert np.allclose(np.asarray(x), np.asarray(expected), atol=1e-6)


def test_oracle_gray_pictures_stay_gray_and_alpha_stays(samples):
    gray, alpha = (samples[0].x[:1].numpy(), np.concatenate([samples[0].x.numpy(), samples[1].x[:1].numpy()]))
    xs, _, _ = Augmentation("flip")(([gray, alpha], [0, 1], [{"id": 0}, {"id": 1}]))
    assert (xs[0] == gray[..., ::-1]).all()
    assert (xs[1][:3] == alpha[:3, :, ::-1]).all()
    assert (xs[1][3] == alpha[3]).all()


def test_edits_follow_each_other(samples):
    both = Augmentation("position(cell=top-left)")(Augmentation("size(share=0.05)")(batch(samples)))
    for datum in both[2]:
        assert [entry["edit"]["name"] for entry in datum["durometer"]] == ["size", "position"]
        assert datum["mask"].mean() == pytest.approx(0.05, abs=2e-3)
        assert datum["durometer"][1]["facts"]["cell"] == "top-left"


def test_what_is_refused_is_handed_on_and_says_so(samples):
    xs, ys, metadata = batch(samples)
    metadata = [{**metadata[0], "mask": np.zeros((48, 48), bool)}, {"id": "bare"}, metadata[2]]
    after, _, told = Augmentation("size(share=0.05)")((xs, ys, metadata))
    assert after[0] is xs[0]
    assert told[0]["durometer"][0]["refused"].startswith("the mask is empty")
    assert told[1]["durometer"][0]["refused"] == "this sample has no mask"
    assert "refused" not in told[2]["durometer"][0]
    assert not (after[2] == xs[2]).all()


def test_oracle_donors_are_another_pictures(samples):
    class Foreign:
        metadata = {"id": "f"}  # noqa: RUF012
        __len__ = lambda self: 3  # noqa: E731

        def __getitem__(self, i, /):
            return samples[i].x.numpy(), i, {"id": samples[i].id, "mask": samples[i].aux["mask"][0].numpy()}

    xs, _, told = Augmentation("random-background", donors=Foreign())(batch(samples))
    for x, sample, datum in zip(xs, samples, told, strict=True):
        inside = (sample.aux["mask"][0] == 1).numpy()
        assert (x[:, inside] == sample.x.numpy()[:, inside]).all()
        assert (datum["mask"] == sample.aux["mask"][0].numpy()).all()
        assert (x[:, ~inside] != sample.x.numpy()[:, ~inside]).mean() > 0.5


def test_oracle_boxes_of_detection_follow(samples):
    target = SimpleNamespace(
        boxes=torch.tensor([[4.0, 6.0, 20.0, 30.0], [40.0, 0.0, 48.0, 8.0]]),
        labels=torch.tensor([3, 1]), scores=torch.tensor([0.5, 1.0]),
    )  # fmt: skip
    empty = SimpleNamespace(boxes=np.zeros((0, 4), np.float32), labels=np.zeros(0, int), scores=np.zeros(0))
    given = ([samples[0].x, samples[1].x], [target, empty], [{"id": "a"}, {"id": "b"}])
    _, (one, none), _ = Augmentation("shift(share=0.25, toward=right)")(given)  # by 12
    assert one.boxes.tolist() == [[16, 6, 32, 30]]  # the second has left the canvas
    assert (one.labels.tolist(), one.scores.tolist()) == ([3], [0.5])
    assert none.boxes.shape == (0, 4)
    assert none.boxes.dtype == np.float32
    assert len(none.labels) == len(none.scores) == 0


def test_errors(samples):
    with pytest.raises(UsageError, match=r"random-background.* takes another background. Give donors="):
        Augmentation("random-background")
    with pytest.raises(UsageError, match="needs premade, which only a run has"):
        Augmentation("premade")
    xs, ys, metadata = batch(samples)
    with pytest.raises(DataError, match=r"same/000000: the mask is \(3, 3\), the picture \(48, 48\)"):
        Augmentation("size")((xs, ys, [{**m, "mask": np.ones((3, 3))} for m in metadata]))
    with pytest.raises(
        DataError, match=r"same/000000: a picture of shape \(48, 48, 3\) and type uint8 is not"
    ):
        Augmentation("flip")(([x.transpose(1, 2, 0) for x in xs], ys, metadata))
    assert Augmentation("flip")(([], [], [])) == ([], [], [])
    assert Augmentation("size(share=0.05)").metadata == {"id": "size(share=0.05)"}
