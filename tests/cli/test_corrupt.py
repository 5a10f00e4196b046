"""`durometer corrupt` as a person meets it: what it writes, keeps and says, and what data reads of it."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image

from durometer.cli.app import app
from durometer.cli.shell import guarded
from durometer.core import Batch, Dice, stress
from durometer.data import open_data
from durometer.run import corrupting
from durometer.stress import STRESSORS

NAMES = ("a/one.png", "a/two.jpg", "b/three.png")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")


def durometer(*arguments):
    return guarded(app, ["corrupt", *map(str, arguments)])


@pytest.fixture
def photos(tmp_path):
    """Three pictures in two class folders, of two sizes."""
    photo = load_sample_image("china.jpg")
    for i, name in enumerate(NAMES):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo[50 * i : 50 * i + 40, 200 : 240 + 8 * i]).save(path)
    return tmp_path / "photos"


def pixels(path):
    return np.array(Image.open(path))


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in Path(folder).rglob("*") if p.is_file())


def test_oracle_a_copy_has_what_a_run_would_show(photos, capsys):
    before = {name: (photos / name).read_bytes() for name in NAMES}
    assert durometer("photos", "out", "-c", "snow", "-c", "low-contrast", "--severity", 3, "--seed", 4) == 0
    assert capsys.readouterr().out == "9 pictures in out\n"
    places = [f"{folder}/{name}" for folder in ("clean", "contrast/3", "snow/3")
              for name in ("a/one.png", "a/two.png", "b/three.png")]  # fmt: skip
    assert files("out") == sorted([*places, corrupting.FILE])
    for name in NAMES:
        x = torch.from_numpy(pixels(photos / name)).permute(2, 0, 1)[None].float() / 255
        batch = Batch((name,), x, (frozenset({0}),))
        wanted = stress(STRESSORS.make("snow", {"severity": 3}), batch, Dice(4, "snow", 1, (name,))).x[0]
        got = pixels(f"out/snow/3/{Path(name).with_suffix('.png')}")
        assert np.array_equal(got, wanted.mul(255).round().byte().permute(1, 2, 0).numpy())
        assert np.array_equal(pixels(f"out/clean/{Path(name).with_suffix('.png')}"), pixels(photos / name))
    assert {name: (photos / name).read_bytes() for name in NAMES} == before


def test_oracle_the_reader_of_imagenet_c_reads_it(photos):
    assert durometer("photos", "out", "-c", "pixelate", "-c", "low-contrast", "--size", 32) == 0
    data = open_data("out")
    assert (data.name, len(data), data.labels) == ("ImageNet-C", 3, ("a", "b"))
    assert sorted(data.edits) == [f"{c}/{s}" for c in ("contrast", "pixelate") for s in range(1, 6)]
    assert [data[i].y for i in range(3)] == [frozenset({0}), frozenset({0}), frozenset({1})]
    for i in range(3):
        x = data[i].x[None].float() / 255
        assert x.shape[-2:] == (32, 32)
        batch = Batch((str(i),), x, (frozenset({0}),))
        for s in (1, 5):
            wanted = stress(
                STRESSORS.make("pixelate", {"severity": s}), batch, Dice(0, "pixelate", 1, ("",))
            ).x
            assert torch.equal(data.variant(i, f"pixelate/{s}").float() / 255, wanted[0])


def test_what_is_there_is_kept_and_what_is_missing_made(photos, capsys):
    durometer("photos", "out", "-c", "snow", "--severity", 1)
    (Path("out") / "snow/1/a/one.png").unlink()
    (Path("out") / "clean/b/three.png").write_bytes(b"mine")
    capsys.readouterr()
    assert durometer("photos", "out", "-c", "snow", "--severity", 1) == 0
    assert capsys.readouterr().out == "1 pictures in out, 5 that were there before left as they are\n"
    assert Path("out/clean/b/three.png").read_bytes() == b"mine"
    # another severity goes beside the first; another seed is another copy
    assert durometer("photos", "out", "-c", "snow", "--severity", 2, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"made": 3, "kept": 3, "failed": {}, "refused": {}}
    assert durometer("photos", "out", "-c", "snow", "--severity", 1, "--seed", 1) == 2
    assert capsys.readouterr().err == (
        "Error: out: the folder holds a copy that was made in another way. Give another folder, or "
        "--overwrite.\n"
    )
    assert durometer("photos", "out", "-c", "snow", "--severity", 1, "--seed", 1, "--overwrite") == 0
    assert json.loads(Path("out", corrupting.FILE).read_text())["folders"].keys() == {"snow/1"}


def test_jpeg_of_the_quality_asked_for(photos):
    durometer("photos", "out", "-c", "fog", "--severity", 1, "--format", "jpeg", "--quality", 30)
    assert "clean/a/one.jpg" in files("out")
    Image.open("photos/a/one.png").save("same.jpg", quality=30)
    assert Path("out/clean/a/one.jpg").read_bytes() == Path("same.jpg").read_bytes()


def test_a_suite_has_all_of_it_and_a_severity_chooses(photos, capsys):
    assert durometer("photos/a/one.png", "out", "-s", "imagenet-c", "--severity", 2, "--no-clean") == 0
    assert "19 pictures in out" in capsys.readouterr().out
    assert len({Path(f).parts[0] for f in files("out")} - {corrupting.FILE}) == 19


def test_a_profile_is_passed_on_and_what_it_refuses_is_counted(photos, capsys):
    assert durometer("photos", "out", "-c", "jpeg-compression", "--severity", 1, "--profile", "scaled") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["3 pictures in out", "3 can't be corrupted so:"]  # those in clean
    assert lines[2] == (
        "  jpeg_compression/1/a/one.png: scaled, it changes detail that needs 224 pixels a side, and the "
        "picture has 40"
    )


def test_pictures_that_can_not_be_read_are_counted(photos, capsys):
    (photos / "a" / "bad.png").write_bytes(b"no picture")
    Image.open(photos / "a/one.png").save(photos / "a" / "one.jpg")
    assert durometer("photos", "out", "-c", "brightness", "--severity", 1) == 0
    said = capsys.readouterr().out
    assert "6 pictures in out\n2 can't be copied:\n  a/bad.png: " in said
    assert "'a/one.jpg' has the same stem, so that both would have one copy" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere", "out", "-c", "snow"), "nowhere: there is no such folder of pictures."),
        (("empty", "out", "-c", "snow"), "empty: the folder holds no pictures. Give a folder of"),
        (("photos", "photos", "-c", "snow"), "photos: the copy can't go where the pictures are."),
        (("photos/a", "photos", "-c", "snow"), "photos: the copy can't go where the pictures are."),
        (("photos", "file", "-c", "snow"), "file: there is a file of this name."),
        (("photos", "out"), "no corruption is named. Give --corruption or --suite."),
        (("photos", "out", "-c", "snowe"), "there is no stress named 'snowe'. Did you mean 'snow'?"),
        (("photos", "out", "-c", "size"), "size is no corruption. Use durometer edit"),
        (("photos", "out", "-s", "shifts"), "is no corruption. Use durometer edit"),
        (("photos", "out", "-c", "snow", "--severity", "6"), "severity = 6 is outside 1 to 5"),
        (("photos", "out", "-c", "snow", "--profile", "no"), "profile = 'no' is not one of 'imagenet-c'"),
        (("photos", "out", "-c", "snow", "--format", "bmp"), "'bmp' is no format. Write png or jpeg."),
    ],
)  # fmt: skip
def test_errors_are_one_sentence(photos, capsys, arguments, sentence):
    Path("empty").mkdir()
    Path("file").write_text("")
    assert durometer(*arguments) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert not said.out
    assert files("photos") == sorted(NAMES)


def test_a_copy_inside_the_pictures_is_no_picture(photos):
    assert durometer("photos", "photos/worse", "-c", "snow", "--severity", 1) == 0
    made = files("photos/worse")
    assert durometer("photos", "photos/worse", "-c", "snow", "--severity", 1) == 0
    assert files("photos/worse") == made


def test_an_interrupt_keeps_what_is_whole(photos, capsys, monkeypatch):
    written = corrupting.write_bytes
    seen = []

    def interrupted(path, content, **more):
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(path)
        written(path, content, **more)

    monkeypatch.setattr(corrupting, "write_bytes", interrupted)
    assert durometer("photos", "out", "-c", "snow") == 130
    assert "Interrupted." in capsys.readouterr().err
    assert len(files("out")) == 4  # three and how they were made
    monkeypatch.setattr(corrupting, "write_bytes", written)
    assert durometer("photos", "out", "-c", "snow") == 0
    assert "15 pictures in out, 3 that were there before left as they are" in capsys.readouterr().out
    assert not [f for f in files("out") if os.path.basename(f).startswith(".")]


def test_nothing_made_is_an_error(tmp_path, capsys):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "x.png").write_bytes(b"")
    assert durometer("bad", "out", "-c", "snow") == 3
    assert "bad: not one picture could be corrupted." in capsys.readouterr().err


def test_what_says_how_it_was_made_must_be_readable(photos, capsys):
    Path("out").mkdir()
    Path("out", corrupting.FILE).write_text("{")
    assert durometer("photos", "out", "-c", "snow") == 2
    assert "what says how the copy was made can't be read" in capsys.readouterr().err


def test_corruptions_of_another_family_of_constants(photos):
    arguments = ("-c", "medmnist-brightness-up", "--severity", 2, "--profile", "bloodmnist", "--no-clean")
    assert durometer("photos/a", "out", *arguments) == 0
    assert files("out") == [
        "durometer-corrupt.json",
        *(f"medmnist_brightness_up/2/{n}.png" for n in ("one", "two")),
    ]


def test_a_link_to_the_pictures_is_not_followed(photos, capsys):
    Path("out").mkdir()
    Path("out", "clean").symlink_to(photos)
    before = {name: (photos / name).read_bytes() for name in NAMES}
    assert durometer("photos", "out", "-c", "snow", "--overwrite") == 2
    assert (
        "out/clean: a link leads out of the folder of the copy. Remove the link." in capsys.readouterr().err
    )
    assert {name: (photos / name).read_bytes() for name in NAMES} == before


def test_the_extra_suite_has_the_four_of_validation(photos):
    assert durometer("photos/a/one.png", "out", "-s", "imagenet-c-extra", "--no-clean") == 0
    extra = ("gaussian_blur", "saturate", "spatter", "speckle_noise")
    assert files("out")[1:] == [f"{name}/{s}/one.png" for name in extra for s in range(1, 6)]
