"""Edits as NRTK perturbers."""

import json

import numpy as np
import pytest

from durometer.core import DataError, UsageError
from durometer.data.scenes import Scenes
from durometer.interop import Augmentation, Perturber


class Box:
    """What NRTK calls an axis-aligned bounding box."""

    def __init__(self, min_vertex, max_vertex):
        self.min_vertex, self.max_vertex = np.asarray(min_vertex), np.asarray(max_vertex)


@pytest.fixture(scope="module")
def sample():
    return Scenes(n=1, size=48)[0]


def picture(sample):
    return np.ascontiguousarray(sample.x.permute(1, 2, 0).numpy())


def corners(pairs):
    return [[*box.min_vertex, *box.max_vertex] for box, _ in pairs]


def test_oracle_the_same_change_as_the_augmentation(sample):
    mask = sample.aux["mask"][0].numpy()
    made, boxes = Perturber("position", seed=3).perturb(image=picture(sample), id=sample.id, mask=mask)
    (x,), _, _ = Augmentation("position", seed=3)(
        ([sample.x.numpy()], [0], [{"id": sample.id, "mask": mask}])
    )
    assert (made == x.transpose(1, 2, 0)).all()
    assert boxes is None
    assert made.dtype == np.uint8
    assert made.flags["C_CONTIGUOUS"]


def test_oracle_boxes_move_and_none_is_legal(sample):
    flip = Perturber("flip")
    pairs = [(Box((4, 6), (20, 30)), {"cat": 0.5}), (Box((40, 0), (48, 8)), {"dog": 1.0})]
    image = picture(sample)
    made, moved = flip(image=image, boxes=iter(pairs))
    assert (made == image[:, ::-1]).all()
    assert corners(moved) == [[28, 6, 44, 30], [0, 0, 8, 8]]
    assert [scores for _, scores in moved] == [{"cat": 0.5}, {"dog": 1.0}]
    assert flip(image=image, boxes=[])[1] == []
    assert flip(image=image)[1] is None


def test_oracle_gray_pictures(sample):
    gray = picture(sample)[..., 0]
    assert (Perturber("flip").perturb(image=gray)[0] == gray[:, ::-1]).all()
    assert (Perturber("flip").perturb(image=gray[..., None])[0] == gray[:, ::-1, None]).all()


def test_the_same_picture_gets_the_same_change_without_an_id(sample):
    turn = Perturber("rotate(degrees=20)")
    image = picture(sample)
    assert (turn(image=image)[0] == turn(image=image.copy())[0]).all()


def test_a_configuration_makes_it_again(sample):
    one = Perturber("direction(angle=30)", seed=4, draw=1)
    written = json.loads(json.dumps(one.get_config()))
    again = Perturber.from_config(written)
    mask = sample.aux["mask"][0].numpy()
    given = {"image": picture(sample), "mask": mask, "id": 7}
    assert (one.perturb(**given)[0] == again.perturb(**given)[0]).all()
    assert again.get_config() == one.get_config()
    assert Perturber.get_type_string() == "durometer.interop.perturber.Perturber"


def test_errors(sample):
    image = picture(sample)
    with pytest.raises(DataError, match="7: this sample has no mask"):
        Perturber("size").perturb(image=image, id=7)
    with pytest.raises(DataError, match=r"\(48, 48, 3\) float64 is not \(H, W, C\) uint8"):
        Perturber("flip").perturb(image=image / 255)
    perturber = Perturber("random-background", donors=Scenes(n=4, size=48))
    with pytest.raises(UsageError, match="only donors that are a folder's name can be written down"):
        perturber.get_config()
