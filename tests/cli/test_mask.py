"""`durometer mask` as a person meets it: what it writes and prints, and what it does with a bad picture."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from durometer.cli.app import app
from durometer.cli.shell import guarded
from durometer.data import open_data
from durometer.data.provenance import FILE

BOX = (14, 10, 34, 30)
"""Left, top, right, bottom of the object: 20 x 20 pixels."""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")


def durometer(*arguments):
    return guarded(app, [str(a) for a in arguments])


def paint(path, *, box=BOX, size=(56, 44), turned=False):
    """A red square on green, with a little noise; and its mask."""
    left, top, right, bottom = box
    pixels = np.full((size[1], size[0], 3), (60, 130, 70), np.int16)
    pixels[top:bottom, left:right] = (200, 40, 30)
    pixels += np.random.default_rng(0).integers(-4, 5, pixels.shape, dtype=np.int16)
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    exif = Image.Exif()
    if turned:
        exif[0x0112] = 6  # stored lying on its side: upright is a quarter turn clockwise
    image.save(path, exif=exif)
    mask = np.zeros((size[1], size[0]), np.uint8)
    mask[top:bottom, left:right] = 255
    return mask


@pytest.fixture
def photos(tmp_path):
    for name in ("a/one.png", "a/two.png", "b/three.png"):
        mask = paint(tmp_path / "photos" / name)
        (tmp_path / "true" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(mask).save(tmp_path / "true" / name)
    return tmp_path / "photos"


def provenance(folder="out"):
    return json.loads((Path(folder) / FILE).read_text())


def test_oracle_masks_of_two_colors_are_exact_and_scored(photos, capsys):
    assert durometer("mask", photos, "out", "--truth", "true") == 0
    out = capsys.readouterr().out
    assert "3 masks in out; median confidence 1.00" in out
    assert "median 1.00 (1.00 to 1.00), n = 3" in out
    made = np.asarray(Image.open("out/a/one.png"))
    assert (made == np.asarray(Image.open("true/a/one.png"))).all()  # hard: 0 and 255, at the picture's size
    said = provenance()
    assert said["method"]["name"] == "grabcut"
    assert said["method"]["params"]["components"] == 5
    assert said["masks"]["b/three.png"] == {
        "image": "b/three.png", "confidence": 1.0, "share": 400 / (44 * 56), "iou": 1.0,
    }  # fmt: skip
    assert said["summary"] == {
        "masks": 3, "failed": 0, "unscored": 0, "kept": 0, "median_confidence": 1.0,
        "iou": {"median": 1.0, "low": 1.0, "high": 1.0, "n": 3},
    }  # fmt: skip


def test_oracle_figures_of_three_overlaps_by_hand(photos, capsys):
    half = np.asarray(Image.open("true/a/two.png")).copy()
    half[:20] = 0  # 10 of the object's 20 rows: 200 of 400 pixels
    Image.fromarray(half).save("true/a/two.png")
    none = np.zeros_like(half)
    none[0, 0] = 255
    Image.fromarray(none).save("true/b/three.png")
    assert durometer("mask", photos, "out", "--truth", "true", "--json") == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["iou"]["median"] == 0.5  # of 1, 0.5 and 0
    assert figures["iou"]["low"] == 0.0
    assert figures["iou"]["high"] == 1.0


NET = """
import torch

class Net(torch.nn.Module):
    def forward(self, x):
        return x.mean((2, 3))[:, :2]
"""


def test_oracle_a_run_says_that_its_masks_were_made(photos, capsys):
    assert durometer("mask", photos, "out", "--truth", "true") == 0
    data = open_data(photos, masks="out")
    assert data.guesses == (
        "3 masks were made by grabcut(side=96, components=5, gamma=20.0, prior=1.0, rounds=2), version 1, "
        "not drawn by people: median confidence 1.00, median IoU with true masks 1.00 (n = 3).",
    )
    capsys.readouterr()
    with open("mean_of_masks.py", "w") as file:
        file.write(
            "import torch\nclass Net(torch.nn.Module):\n"
            "    def forward(self, x):\n        return x.mean((2, 3))[:, :2]\n"
        )
    code = durometer(
        "run",
        "-m",
        "mean_of_masks:Net",
        "-d",
        photos,
        "--masks",
        "out",
        "-c",
        "size(share=0.1)",
        "-o",
        "record",
        "--json",
    )
    assert code == 0
    findings = json.loads(capsys.readouterr().out)
    assert any("masks were made by grabcut" in guess for guess in findings["method"]["guesses"])
    assert "masks were made by grabcut" in Path("record/report.html").read_text()


def test_oracle_masks_of_unknown_origin_and_damaged_provenance_are_said(photos):
    assert durometer("mask", photos, "out", "-n", 2) == 0
    missing = next(n for n in ("a/one", "a/two", "b/three") if f"{n}.png" not in provenance()["masks"])
    copied(f"{missing}.png")
    assert "2 masks were made" in open_data(photos, masks="out").guesses[0]
    assert open_data(photos, masks="out").guesses[0].endswith("; 1 others are of unknown origin.")
    whole = Path("out", FILE).read_text()
    for damaged in (
        "{",
        "[]",
        whole.replace('"confidence"', '"sureness"'),
        whole.replace('"schema": 1', '"schema": 9'),
    ):
        Path("out", FILE).write_text(damaged)
        assert "how they were made is unknown" in open_data(photos, masks="out").guesses[0]
    assert open_data(photos, masks="true").guesses == ()


def copied(name):
    """Put a true mask where made ones go."""
    Path("out", name).parent.mkdir(parents=True, exist_ok=True)
    Path("out", name).write_bytes(Path("true", name).read_bytes())


def test_a_broken_picture_and_an_empty_one_are_counted_and_the_rest_goes_on(photos, capsys):
    (photos / "a" / "broken.png").write_bytes(b"\x89PNG no")
    Image.new("RGB", (40, 40), (90, 90, 90)).save(photos / "b" / "plain.png")
    assert durometer("mask", photos, "out") == 0
    out = capsys.readouterr().out
    assert "3 masks in out, 2 failed" in out
    assert "a/broken.png: " in out
    assert "b/plain.png: no object was found" in out
    assert set(provenance()["failed"]) == {"a/broken.png", "b/plain.png"}
    assert not Path("out/b/plain.png").exists()


def test_a_second_call_makes_only_what_is_missing(photos, capsys):
    assert durometer("mask", photos, "out", "-n", 2) == 0
    first = {name: os.stat(f"out/{name}").st_mtime_ns for name in provenance()["masks"]}
    assert len(first) == 2
    assert durometer("mask", photos, "out", "--truth", "true") == 0
    said = provenance()
    assert len(said["masks"]) == 3
    assert all("iou" in entry for entry in said["masks"].values())  # those of before are scored too
    assert all(os.stat(f"out/{name}").st_mtime_ns == at for name, at in first.items())
    assert durometer("mask", photos, "out", "--overwrite") == 0
    assert all(os.stat(f"out/{name}").st_mtime_ns != at for name, at in first.items())


def test_masks_drawn_by_hand_are_never_overwritten_unasked(photos, capsys):
    copied("a/one.png")
    assert durometer("mask", photos, "out", "-m", "saliency") == 0
    assert "2 masks in out, 1 that were there before left as they are" in capsys.readouterr().out
    assert Path("out/a/one.png").read_bytes() == Path("true/a/one.png").read_bytes()


def test_an_interrupt_keeps_what_was_made(photos, monkeypatch, capsys):
    from durometer.models.segmenters.grabcut import GrabCut

    real, calls = GrabCut.__call__, []

    def stopped(self, *given):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(self, *given)

    monkeypatch.setattr(GrabCut, "__call__", stopped)
    assert durometer("mask", photos, "out") == 130
    assert len(provenance()["masks"]) == 1
    monkeypatch.undo()


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_oracle_boxes_choose_the_object(tmp_path, kind):
    pixels = np.full((60, 100, 3), (60, 130, 70), np.int16)
    for left in (10, 60):
        pixels[20:40, left : left + 20] = (200, 40, 30)
    pixels += np.random.default_rng(1).integers(-4, 5, pixels.shape, dtype=np.int16)
    (tmp_path / "photos").mkdir()
    Image.fromarray(pixels.astype(np.uint8)).save("photos/pair.png")
    box = [56, 16, 84, 44]
    row = "file,left,top,right,bottom\npair.png," + ",".join(map(str, box))
    Path(f"boxes.{kind}").write_text(row if kind == "csv" else json.dumps({"pair.png": box}))
    assert durometer("mask", "photos", "out", "--box", f"boxes.{kind}") == 0
    want = np.zeros((60, 100), bool)
    want[20:40, 60:80] = True
    assert ((np.asarray(Image.open("out/pair.png")) > 0) == want).mean() > 0.995


def test_oracle_masks_are_upright_and_of_the_pictures_own_size(tmp_path):
    stored = paint(tmp_path / "photos" / "turned.jpg", size=(600, 440), box=(150, 100, 350, 300), turned=True)
    assert durometer("mask", "photos", "out", "--size", 64) == 0
    mask = np.asarray(Image.open("out/turned.png"))
    upright = np.rot90(stored, -1)
    assert mask.shape == upright.shape == (600, 440)
    both = ((mask > 0) & (upright > 0)).sum() / ((mask > 0) | (upright > 0)).sum()
    assert both > 0.96  # made at 64 pixels, so that edges are good to a few of 440


def test_a_true_mask_of_another_size_is_counted_and_takes_no_mask_away(photos, capsys):
    Image.new("L", (9, 9)).save("true/a/one.png")
    assert durometer("mask", photos, "out", "--truth", "true") == 0
    out = capsys.readouterr().out
    assert "3 masks in out" in out
    assert "1 could not be compared" in out
    assert "a/one.png: the mask is 9×9 pixels, the image 56×44" in out
    assert provenance()["summary"]["iou"]["n"] == 2
    assert Path("out/a/one.png").exists()


def test_true_masks_beside_their_pictures_are_no_pictures(tmp_path):
    mask = paint(tmp_path / "photos" / "dog.jpg")
    Image.fromarray(mask).save("photos/dog.png")
    assert durometer("mask", "photos", "out", "--truth", "photos", "--json") == 0
    assert list(provenance()["masks"]) == ["dog.png"]
    assert provenance()["masks"]["dog.png"]["image"] == "dog.jpg"
    # without that hint the two would have one mask: the second is counted, nothing is overwritten
    assert durometer("mask", "photos", "again") == 0
    assert "same stem" in provenance("again")["failed"]["dog.png"]


def test_one_picture_soft(tmp_path):
    paint(tmp_path / "dog.jpg", size=(56, 44))
    assert durometer("mask", "dog.jpg", "out", "--soft", "-m", "predict-refine") == 0
    assert len(np.unique(np.asarray(Image.open("out/dog.png")))) > 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere", "out"), "nowhere: there is no such folder of pictures"),
        (("empty", "out"), "the folder holds no pictures"),
        (("photos", "photos"), "masks can't go where the pictures are"),
        (("photos", "out", "-m", "grabcat"), "Did you mean 'grabcut'"),
        (("photos", "out", "-m", "grabcut(round=2)"), "Did you mean 'rounds'"),
        (("photos", "out", "-m", "grabcut", "--weights", "x"), "grabcut has no weights"),
        (("photos", "out", "-m", "predict-refine", "--weights", "x"), "there is no such file"),
        (("photos", "out", "-m", "torch", "--weights", "net:Absent"), "net"),
        (("photos", "out", "--truth", "nowhere"), "no such folder of masks"),
        (("photos", "out", "--box", "nowhere.csv"), "there is no such file"),
        (("photos", "out", "--box", "bad.csv"), "there is no column 'left'"),
        (("photos", "out", "--box", "bad.json"), "not JSON"),
        (("photos", "out", "--box", "list.json"), "not a map"),
        (("photos", "out", "--box", "three.json"), "not a box of four numbers"),
        (("photos", "out", "--box", "flipped.json"), "holds nothing"),
        (("photos", "out", "--box", "strange.json"), "a box for 'c/four.png', but no such picture"),
    ],
)
def test_errors_say_what_where_and_the_way_out(photos, capsys, arguments, message):
    files = {
        "bad.csv": "file,x\n", "bad.json": "{", "list.json": "[]", "three.json": '{"a/one.png": [1, 2, 3]}',
        "flipped.json": '{"a/one.png": [9, 2, 3, 8]}', "strange.json": '{"c/four.png": [1, 2, 3, 4]}',
    }  # fmt: skip
    (photos.parent / "empty").mkdir()
    for name, text in files.items():
        (photos.parent / name).write_text(text)
    assert durometer("mask", *arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith("Error: ")
    assert message in err
    assert "Traceback" not in err


def test_errors_of_another_method_in_the_same_folder(photos, capsys):
    assert durometer("mask", photos, "out") == 0
    assert durometer("mask", photos, "out", "-m", "saliency") == 2
    assert "masks made by grabcut with other parameters" in capsys.readouterr().err
    assert durometer("mask", photos, "out", "-m", "saliency", "--overwrite") == 0
    assert provenance()["method"]["name"] == "saliency"


def test_errors_when_nothing_at_all_could_be_made(tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(b"")
    assert durometer("mask", "photos", "out") == 3
    err = capsys.readouterr().err
    assert "not one mask could be made" in err
    assert "Traceback" not in err


def test_errors_a_box_beside_the_picture_is_counted(photos, capsys):
    Path("boxes.json").write_text('{"a/one.png": [500, 500, 600, 600]}')
    assert durometer("mask", photos, "out", "--box", "boxes.json") == 0
    assert "the box lies beside the picture" in provenance()["failed"]["a/one.png"]
    assert len(provenance()["masks"]) == 2
