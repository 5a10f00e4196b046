"""The same on photographs with masks, where the folder of test data is given."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from durometer.core import Batch, Dice, stress
from durometer.ops.fill import fill
from durometer.stress import STRESSORS

ROOT = os.environ.get("DUROMETER_TEST_DATA")
pytestmark = [pytest.mark.real_data, pytest.mark.skipif(not ROOT, reason="DUROMETER_TEST_DATA is not set")]


@pytest.fixture(scope="module")
def photographs():
    """Every fourth masked photograph of ImageNet, squashed to 192 × 256."""
    x, mask, ids = [], [], []
    for path in sorted((Path(ROOT) / "imagenet/masks").iterdir())[::4]:
        picture = next((Path(ROOT) / "imagenet/images").glob(f"{path.stem}.*"))
        image = Image.open(picture).convert("RGB").resize((256, 192), Image.Resampling.BICUBIC)
        shape = Image.open(path).convert("L").resize((256, 192), Image.Resampling.BOX)
        x.append(torch.from_numpy(np.array(image, np.float32) / 255).permute(2, 0, 1))
        mask.append(torch.from_numpy(np.array(shape, np.float32) / 255)[None])
        ids.append(path.stem)
    x, mask = torch.stack(x), torch.stack(mask)
    filled = fill(x, mask)
    aux = {"mask": mask, "filled": filled, "donor": filled.roll(1, 0), "premade": filled}
    aux |= {"reference": x.roll(1, 0), "reference_mask": mask.roll(1, 0)}
    return Batch(tuple(ids), x, (0,) * len(ids), aux)


# another package's models and perturbers have tests of their own; full-size has one below
APART = {"nrtk", "diffusion-background", "full-size"}


@pytest.mark.parametrize("name", [n for n in STRESSORS.names() if n not in APART])
def test_the_sceptic_believes_every_edit(name, photographs):
    stressor = STRESSORS.make(name)
    result = stress(stressor, photographs, Dice(0, name, stressor.version, photographs.ids))
    assert len(result.refused) <= len(photographs) / 4


def test_only_objects_at_the_frame_can_not_be_enlarged(photographs):
    stressor = STRESSORS.make("full-size")
    result = stress(stressor, photographs, Dice(0, "full-size", 1, photographs.ids))
    solid = photographs.aux["mask"][:, 0].numpy() > 0.02
    edges = (solid[:, 0], solid[:, -1], solid[:, :, 0], solid[:, :, -1])
    at_the_frame = np.any([edge.any(axis=1) for edge in edges], axis=0)
    assert sorted(result.refused) == np.flatnonzero(at_the_frame).tolist()


@pytest.mark.parametrize("wanted", [0.02, 0.05, 0.1])
def test_the_size_is_met(wanted, photographs):
    result = stress(
        STRESSORS.make("size", {"share": wanted}), photographs, Dice(0, "size", 1, photographs.ids)
    )
    kept = [i for i in range(len(photographs)) if i not in result.refused]
    assert kept
    assert (result.aux["mask"][kept].mean(dim=(1, 2, 3)) - wanted).abs().max() < 1e-3
