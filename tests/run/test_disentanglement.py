"""Triplets of identity and pose, on models that are known to see one of the two only."""

import pytest
import torch

from durometer.core import DataError
from durometer.run.disentanglement import identity_pose_test
from durometer.testing.scenes import ToyData
from durometer.testing.toys import Toy


def object_of(x):
    return (x[:, 2:] > 0.9).to(x)  # toy objects are blue 1, toy backgrounds blue 0, gray one half


def color(x):
    """The mean red and green of the object, about their middle: what it is."""
    weight = object_of(x)
    return (x[:, :2] * weight).sum(dim=(2, 3)) / weight.sum(dim=(2, 3)).clamp_min(1) - 0.4


def place(x):
    """Where the object is: its centroid, about the canvas's center."""
    weight = object_of(x)[:, 0]
    n = x.shape[-1]
    at = (torch.arange(n) + 0.5) / n - 0.5
    covered = weight.sum(dim=(1, 2)).clamp_min(1)
    return torch.stack(((weight.sum(1) * at).sum(1), (weight.sum(2) * at).sum(1)), dim=1) / covered[:, None]


COLOR, PLACE = (Toy(f.__name__, f, labels=("one", "other")) for f in (color, place))


@pytest.mark.parametrize("isolate", [True, False])
def test_who_reads_color_sees_identity_and_who_reads_place_sees_pose(isolate):
    # of another class the color differs; where the two places agree both are the same picture: a tie
    data = ToyData(n=24)
    seen = identity_pose_test(COLOR, data, by="euclidean", isolate=isolate)
    assert seen.scores.identity_first.value == 1
    assert seen.scores.identity_first.n == 24
    assert seen.scores.identity == pytest.approx(0, abs=0.02)
    moved = identity_pose_test(PLACE, data, by="euclidean", isolate=isolate)
    assert moved.scores.identity_first.value < 0.1
    assert moved.scores.pose == pytest.approx(0, abs=0.02)
    assert moved.features == "answers (logits): it shows no last linear layer"


def test_within_a_class_the_color_can_not_decide():
    found = identity_pose_test(COLOR, ToyData(n=24), by="euclidean", of="same class")
    assert found.scores.identity_first.value == pytest.approx(0.5, abs=0.01)


def test_without_masks_there_is_no_triplet():
    class Bare(ToyData):
        def __getitem__(self, i, /):
            sample = super().__getitem__(i)
            return type(sample)(sample.id, sample.x, sample.y)

    with pytest.raises(
        DataError, match=r"not one triplet of identity and pose\. The first reason: .*no mask"
    ):
        identity_pose_test(COLOR, Bare(n=3))


def test_it_is_the_same_again_and_counts_what_is_left_out():
    one, again = (identity_pose_test(COLOR, ToyData(n=9), limit=5) for _ in range(2))
    assert one == again
    assert one.scores.identity_first.n == 5
    assert one.left_out == {}
