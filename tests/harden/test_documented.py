"""The page on training runs as it is printed."""

import re
from pathlib import Path

import torch

from durometer.data.scenes import Scenes
from durometer.models.zoo import fresh

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text()


def test_the_documented_lines_run(monkeypatch):
    import durometer.data

    first, second = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    scenes = Scenes(split="train", n=64, size=16)
    monkeypatch.setattr(durometer.data, "open_data", lambda *given, **options: scenes)
    names = {"network": fresh("cnn", seed=0, classes=8, widths=(8, 8, 8, 8))}
    exec(first.replace("epochs=30", "epochs=1"), names)
    assert not names["sturdier"].training
    exec(second.replace("90", "2").replace("num_workers=4", "num_workers=0"), names)
    assert names["x"].shape == (64, 3, 16, 16)
    assert torch.equal(names["y"].sort().values, torch.tensor(sorted(min(scenes[i].y) for i in range(64))))
