"""The command line as a person meets it: what it prints, where, and with which exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from durometer.cli.app import app
from durometer.cli.shell import guarded


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")


def durometer(*arguments):
    return guarded(app, [str(a) for a in arguments])


@pytest.fixture
def photos(tmp_path):
    """Two classes of four 40 x 48 images with masks; the object is a bright square."""
    rng = np.random.default_rng(0)
    for name, level in (("dark", 60), ("light", 220)):
        (tmp_path / "images" / name).mkdir(parents=True)
        (tmp_path / "masks" / name).mkdir(parents=True)
        for i in range(4):
            pixels = rng.integers(0, 40, (40, 48, 3), dtype=np.uint8)
            mask = np.zeros((40, 48), np.uint8)
            mask[12:26, 14 + i : 30 + i] = 255
            pixels[mask > 0] = level
            Image.fromarray(pixels).save(tmp_path / "images" / name / f"{i}.png")
            Image.fromarray(mask).save(tmp_path / "masks" / name / f"{i}.png")
    (tmp_path / "net.py").write_text(NET)
    return tmp_path / "images"


NET = '''
import torch

class Mean(torch.nn.Module):
    """Logits from the mean level of the center: dark or light."""
    def forward(self, x):
        level = x[..., 14:24, 20:28].mean(dim=(1, 2, 3))
        return torch.stack((0.5 - level, level - 0.5), dim=1) * 20

class Three(Mean):
    def forward(self, x):
        return torch.cat((super().forward(x), super().forward(x)[:, :1]), dim=1)

class Nan(Mean):
    def forward(self, x):
        return super().forward(x) * float("nan")

def mean(): return Mean()
def three(): return Three()
def nan(): return Nan()
def broken(): raise RuntimeError("no weights here")
'''


HELP = """
import sys
from durometer.cli import main
try:
    main(["--help"])
except SystemExit as end:
    print("code", end.code, "torch" in sys.modules)
"""


def test_oracle_help_lists_every_command_and_costs_no_torch():
    answer = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    assert "code 0 False" in answer.stdout
    for command in ("run", "edit", "report", "compare", "ls", "show", "validate"):
        assert command in answer.stdout


def test_oracle_run_on_ones_own_module_images_and_masks(photos, capsys):
    edits = ("-c", "gray", "-c", "size(share=0.1)")
    code = durometer("run", "-m", "net:mean", "-d", photos, "--masks", "masks", *edits, "--out", "first")
    out = capsys.readouterr()
    assert code == 0, out.err
    assert len(out.out.splitlines()) <= 25
    assert "report.html" in out.out
    findings = json.loads(Path("first/report.json").read_text())
    assert findings["verdict"]["models"][0]["canvas"]["n"] == 8
    assert findings["verdict"]["models"][0]["canvas"]["value"] == 1.0
    assert Path("first/report.md").exists()


def test_json_goes_to_stdout_alone(photos, capsys):
    assert durometer("run", "-m", "net:mean", "-d", photos, "-c", "gray", "--json", "-o", "x") == 0
    assert json.loads(capsys.readouterr().out)["verdict"]["headline"]


def test_a_suite_without_masks_is_skipped_counted_and_explained(photos, capsys):
    assert durometer("run", "-m", "net:mean", "-d", photos, "-o", "x", "--json") == 0
    findings = json.loads(capsys.readouterr().out)
    skipped = [entry for entry in findings["method"]["not_measured"] if "no masks" in entry["why"]]
    assert skipped
    assert any("--masks" in entry["fix"] for entry in skipped)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-m", "net:mean", "-d", "nowhere"), "nowhere"),
        (("-m", "net:mean", "-d", "empty"), "the folder is empty"),
        (("-m", "nothing.onnx", "-d", "images"), "nothing.onnx"),
        (("-m", "fake.onnx", "-d", "images"), "fake.onnx"),
        (("-m", "net:absent", "-d", "images"), "absent"),
        (("-m", "net:broken", "-d", "images"), "no weights here"),
        (("-m", "net:three", "-d", "images"), "--labels"),
        (("-m", "net:mean", "-d", "images", "-c", "size"), "--masks"),
        (("-m", "net:mean", "-d", "images", "-c", "sise"), "Did you mean 'size'"),
        (("-m", "net:mean", "-d", "images", "-c", "rotate(angel=3)"), "unknown parameter 'angel'"),
        (("-m", "net:mean", "-d", "images", "-s", "atributes"), "Did you mean 'attributes'"),
        (("-m", "net:mean", "-d", "images", "--input", "sise=3"), "Did you mean 'size'"),
        (("-m", "net:mean", "-d", "images", "--among", "some"), "among = 'some'"),
        (("-m", "net:mean", "-d", "images", "--shard", "5/4"), "shard = '5/4'"),
        (("-m", "net:mean", "-d", "images", "--masks", "nomasks"), "nomasks"),
        (("plan.toml",), "plan.toml, line 2: unknown key 'sead'. Did you mean 'seed'?"),
        (("absent.toml",), "absent.toml"),
        (("--nonsense",), "--nonsense"),
    ],
)
def test_errors_are_one_clear_sentence_and_exit_code_2(photos, capsys, arguments, message):
    Path("empty").mkdir()
    Path("fake.onnx").write_text("this is no network")
    Path("plan.toml").write_text("schema = 1\nsead = 3\n")
    code = durometer("run", *arguments, "-o", "x")
    err = capsys.readouterr().err
    assert code == 2, err
    assert message in err
    assert "Traceback" not in err


def test_nan_outputs_score_zero_and_are_counted(photos, capsys):
    assert durometer("run", "-m", "net:nan", "-d", photos, "-c", "gray", "--json", "-o", "x") == 0
    findings = json.loads(capsys.readouterr().out)
    assert findings["verdict"]["models"][0]["nan_outputs"] == 24  # 8 images x (original, canvas, gray)
    assert findings["verdict"]["models"][0]["canvas"]["value"] == 0.0


def test_corrupt_images_are_listed_counted_and_skipped(photos, capsys):
    (photos / "dark" / "0.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    arguments = ("run", "-m", "net:mean", "-d", photos, "-c", "gray", "--json", "-o", "x")
    assert durometer(*arguments, "--max-unread", "0.05") == 3
    assert "could not be read" in capsys.readouterr().err
    assert durometer(*arguments, "--max-unread", "0.5", "--out", "y") == 0
    findings = json.loads(capsys.readouterr().out)
    assert any(
        entry["count"] == 1 and "read" in entry["what"] + entry["why"]
        for entry in findings["method"]["not_measured"]
    )
    assert findings["verdict"]["models"][0]["canvas"]["n"] == 7


def test_a_folder_that_holds_another_plans_record_is_left_alone(photos, capsys):
    assert durometer("run", "-m", "net:mean", "-d", photos, "-c", "gray", "-o", "x") == 0
    before = Path("x/manifest.json").read_bytes()
    assert durometer("run", "-m", "net:mean", "-d", photos, "-c", "flip", "-o", "x") == 2
    assert "another plan" in capsys.readouterr().err
    assert Path("x/manifest.json").read_bytes() == before


def test_hostile_names_stay_text(tmp_path, photos, capsys):
    os.rename(photos / "dark", photos / "<script>alert(1)<")
    (tmp_path / "map.json").write_text(json.dumps({"<script>alert(1)<": 0, "light": 1}))
    assert (
        durometer("run", "-m", "net:mean", "-d", photos, "-c", "gray", "--labels", "map.json", "-o", "x") == 0
    )
    assert "<script>alert(1)" not in Path("x/report.html").read_text()


def test_report_and_compare_of_records(photos, capsys):
    for name in ("a", "b"):
        assert durometer("run", "-m", "net:mean", "-d", photos, "-c", "gray", "-o", name) == 0
    assert durometer("report", "a") == 0
    assert durometer("report", "a", "b", "-o", "both") == 0
    capsys.readouterr()
    assert durometer("compare", "a", "b", "-o", "ab", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["samples"] == 8
    assert durometer("compare", "a") == 2
    assert durometer("compare", "a", "nowhere") == 2


def test_edit_writes_images_and_a_contact_sheet(photos, capsys):
    image, mask = photos / "dark" / "0.png", photos.parent / "masks" / "dark" / "0.png"
    code = durometer(
        "edit", image, "--mask", mask, "-c", "size(share=0.05)", "-c", "flip-object", "--json", "-o", "e"
    )
    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (Path("e") / "0-sheet.png").exists()
    size = next(entry for entry in found if entry["title"].startswith("size"))
    edited = np.asarray(Image.open(Path("e") / size["file"].replace(".png", ".mask.png")), np.float64) / 255
    assert abs(edited.mean() - 0.05) < 0.002
    assert durometer("edit", image, "-c", "size(share=0.05)") == 2
    assert "--mask" in capsys.readouterr().err


def test_ls_and_show(capsys):
    assert durometer("ls", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    names = {row["name"] for row in rows}
    assert {"size", "random-background", "attributes@1", "pgd", "scenes/cnn", "accuracy", "digits"} <= names
    assert durometer("show", "size") == 0
    assert "share" in capsys.readouterr().out
    assert durometer("show", "attributes") == 0
    assert durometer("show", "siz") == 2
    assert "Did you mean 'size'" in capsys.readouterr().err


def test_validate_says_what_a_plan_would_do(photos, capsys):
    Path("p.toml").write_text(
        'schema = 1\n[data]\nsource = "images"\n'
        '[[models]]\nsource = "net:mean"\n[[conditions]]\nstress = "gray"\n'
    )
    assert durometer("validate", "p.toml", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["samples"] == 8
    assert [c["title"] for c in found["conditions"]][:2] == ["own view of the original", "unedited canvas"]
    assert not Path("durometer-runs").exists()
