"""COCO masks: hand-worked runs, packed text and polygons; pycocotools where it is installed."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from durometer.core import DataError
from durometer.data.coco import decode, read_masks, union
from durometer.data.images import Picture
from durometer.data.lean import Names
from durometer.data.rle import polygon_to_mask
from durometer.ops.runs import areas, intersections, mask_to_runs, pack, runs_to_mask, unpack


def test_runs_go_down_the_columns_and_start_with_zeros():
    # 3 rows, 4 columns; columns in order: 0 0 1 | 1 1 0 | 0 0 0 | 1 0 0 -> runs 2, 3, 4, 1, 2
    wanted = [[0, 1, 0, 1], [0, 1, 0, 0], [1, 0, 0, 0]]
    assert runs_to_mask([2, 3, 4, 1, 2], 3, 4).astype(int).tolist() == wanted
    assert runs_to_mask([0, 4], 2, 2).all()


def test_packed_text_by_hand():
    # 2 -> '2' (48 + 2); 3 -> '3'; 4 -> '4'; then differences to two places before:
    # 1 − 3 = −2 -> five bits 11110 = 30, sign bit set, last group -> chr(48 + 30) = 'N'; 2 − 4 = −2 -> 'N'
    assert unpack("234NN") == [2, 3, 4, 1, 2]
    # 100 = 3·32 + 4: low group 4 + 32 (more follows) -> chr(84) = 'T', then 3 -> '3'
    assert unpack("T3") == [100]
    # 16 alone would read as negative (bit 16), so a further empty group follows: chr(48 + 16 + 32) = '`', '0'
    assert unpack("`0") == [16]


def test_polygon_covers_the_pixels_whose_center_is_inside():
    # x from 1 to 5, y from 1 to 4: four columns, three rows
    mask = polygon_to_mask([1, 1, 5, 1, 5, 4, 1, 4], 6, 7)
    wanted = np.zeros((6, 7), bool)
    wanted[1:4, 1:5] = True
    assert np.array_equal(mask, wanted)
    # a right triangle with legs of 4: in row r the centers c + 0.5 < 4 − (r + 0.5), so c < 3 − r: on the
    # slanted side itself a center is outside, as on any right side
    triangle = polygon_to_mask([0, 0, 4, 0, 0, 4], 4, 4)
    assert triangle.sum(axis=1).tolist() == [3, 2, 1, 0]


def test_polygon_beyond_the_image_is_cut():
    assert polygon_to_mask([-5, -5, 50, -5, 50, 50, -5, 50], 3, 4).all()
    assert not polygon_to_mask([10, 10, 20, 10, 20, 20], 3, 4).any()
    assert not polygon_to_mask([-9, 0, -5, 0, -5, 3, -9, 3], 3, 4).any()


def test_even_odd_rule_leaves_a_hole():
    # an outline that runs round twice in one sense covers nothing twice: a bow tie keeps both its triangles
    bow = polygon_to_mask([0, 0, 8, 8, 8, 0, 0, 8], 8, 8)
    assert bow[4, 0]
    assert bow[4, 7]
    assert not bow[0, 4]
    assert not bow[7, 4]


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.floats(-3, 15), st.floats(-3, 12)), min_size=3, max_size=8),
)
def test_polygon_agrees_with_a_point_in_polygon_test(points):
    """The rule again, one point at a time, with code of another shape."""

    def inside(x, y):
        result = False
        for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
            if (y0 <= y) != (y1 <= y) and x >= x0 + (y - y0) * (x1 - x0) / (y1 - y0):
                result = not result
        return result

    mask = polygon_to_mask([v for p in points for v in p], 9, 12)
    wanted = [[inside(c + 0.5, r + 0.5) for c in range(12)] for r in range(9)]
    assert mask.tolist() == wanted


@settings(max_examples=60)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 10_000))
def test_runs_agree_with_pycocotools(height, width, seed):
    coco = pytest.importorskip("pycocotools.mask")
    mask = np.random.default_rng(seed).random((height, width)) < 0.4
    packed = coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
    assert np.array_equal(runs_to_mask(unpack(packed), height, width), mask)
    assert pack(mask_to_runs(mask)) == packed


def test_long_runs_agree_with_pycocotools():
    coco = pytest.importorskip("pycocotools.mask")
    mask = np.zeros((700, 900), bool)
    mask[100:600, 37:850] = True
    mask[300:301] = False
    packed = coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
    assert np.array_equal(runs_to_mask(unpack(packed), 700, 900), mask)
    assert pack(mask_to_runs(mask)) == packed


@settings(max_examples=60)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 10_000))
def test_runs_and_text_come_back(height, width, seed):
    mask = np.random.default_rng(seed).random((height, width)) < 0.6
    runs = mask_to_runs(mask)
    assert runs.sum() == mask.size
    assert (runs[1:] > 0).all()
    assert unpack(pack(runs)) == runs.tolist()
    assert np.array_equal(runs_to_mask(runs, height, width), mask)


@settings(max_examples=40)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 10_000))
def test_shared_pixels_are_those_of_the_masks(height, width, seed):
    """Counted on the dense masks; an empty and a full one among them."""
    dice = np.random.default_rng(seed)
    dense = [dice.random((height, width)) < p for p in (0.0, 0.3, 0.7, 1.0)]
    runs = [mask_to_runs(m) for m in dense]
    assert areas(runs).tolist() == [m.sum() for m in dense]
    assert intersections(runs, runs[1:]).tolist() == [[(a & b).sum() for b in dense[1:]] for a in dense]
    assert intersections([], runs).shape == (0, 4)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pycocotools on NumPy 2
def test_polygons_agree_with_pycocotools_up_to_their_outline():
    coco = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(3)
    for _ in range(20):
        angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
        corners = 100 + rng.uniform(40, 90, (9, 1)) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        theirs = coco.decode(coco.frPyObjects([corners.reshape(-1).tolist()], 200, 200))[..., 0].astype(bool)
        ours = polygon_to_mask(corners.reshape(-1).tolist(), 200, 200)
        outline = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).sum()
        # pycocotools rounds the outline to fifths of a pixel; the two may differ on pixels it passes through
        assert (ours ^ theirs).sum() < 0.5 * outline
        assert (ours & theirs).sum() / (ours | theirs).sum() > 0.97


def test_several_annotations_are_united():
    one = [[0, 0, 2, 0, 2, 2, 0, 2]]
    other = {"size": [4, 4], "counts": [12, 4]}
    mask = union([one, other], 4, 4)
    wanted = np.zeros((4, 4), bool)
    wanted[:2, :2] = True
    wanted[:, 3] = True
    assert np.array_equal(mask, wanted)
    assert np.array_equal(decode([one[0], [2, 2, 4, 2, 4, 4, 2, 4]], 4, 4).sum(axis=1), [2, 2, 2, 2])


@pytest.mark.parametrize(
    ("segmentation", "words"),
    [
        ([[0, 0, 1, 1]], "three corners"),
        ({"counts": [3, 4], "size": [4, 4]}, "add up to 7, not to 4 × 4"),
        ({"counts": [-1, 17], "size": [4, 4]}, "add up to"),
        ({"counts": "T", "size": [4, 4]}, "end within a number"),
        ({"counts": "\n", "size": [4, 4]}, "not a character"),
        ({"counts": [25], "size": [5, 5]}, "5×5 pixels, its image is 4×4"),
        ("abc", "polygons or run lengths"),
    ],
)
def test_strange_segmentations_are_named(segmentation, words):
    with pytest.raises(ValueError, match=words):
        decode(segmentation, 4, 4)


class TestFile:
    def write(self, path, annotations, file_name="val/a.jpg"):
        content = {
            "images": [
                {"id": 5, "file_name": file_name, "height": 2, "width": 3},
                {"id": 6, "file_name": "val/b.jpg", "height": 2, "width": 3},
            ],
            "annotations": annotations,
        }
        path.write_text(json.dumps(content))
        return path

    def picture(self, height=2, width=3):
        import torch

        return Picture(torch.zeros(3, height, width, dtype=torch.uint8))

    def test_images_are_found_by_name_and_objects_united(self, tmp_path):
        runs = [{"image_id": 5, "segmentation": {"size": [2, 3], "counts": c}} for c in ([0, 1, 5], [5, 1])]
        masks = read_masks(self.write(tmp_path / "c.json", runs), Names(["x/b.jpg", "a.jpg"]))
        assert masks.count == 1
        assert masks.read(0, self.picture(), where="x/b.jpg") is None
        assert masks.read(1, self.picture(), where="a.jpg").tolist() == [[[1, 0, 0], [0, 0, 1]]]

    def test_errors(self, tmp_path):
        path = self.write(tmp_path / "c.json", [{"image_id": 5, "segmentation": [[0, 0, 1, 1]]}])
        with pytest.raises(DataError, match=r"a\.jpg: its COCO annotation can't be read: a polygon needs"):
            read_masks(path, Names(["a.jpg"])).read(0, self.picture(), where="a.jpg")
        ok = self.write(tmp_path / "d.json", [{"image_id": 5, "segmentation": {"counts": [0, 6]}}])
        with pytest.raises(DataError, match="the mask is 3×2 pixels, the image 4×2"):
            read_masks(ok, Names(["a.jpg"])).read(0, self.picture(2, 4), where="a.jpg")
        with pytest.raises(DataError, match="none of its 1 annotated images is here"):
            read_masks(ok, Names(["z.jpg"]))
        with pytest.raises(DataError, match="holds no segmentations"):
            read_masks(self.write(tmp_path / "e.json", []), Names(["a.jpg"]))
        for text, words in (("{", "not JSON"), ("[]", "not a COCO"), ('{"images": []}', "no 'annotations'")):
            (tmp_path / "f.json").write_text(text)
            with pytest.raises(DataError, match=words):
                read_masks(tmp_path / "f.json", Names(["a.jpg"]))
