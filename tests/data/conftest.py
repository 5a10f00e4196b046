import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def paint():
    """Write an image of one color, or of given pixels; return its path."""

    def write(path, color=(10, 20, 30), size=(6, 4), **options):
        path.parent.mkdir(parents=True, exist_ok=True)
        image = (
            Image.new("RGB", size, color) if isinstance(color, tuple) else Image.fromarray(np.asarray(color))
        )
        image.save(path, **options)
        return path

    return write


@pytest.fixture(scope="session")
def real():
    """The folder of real data, if this machine has one."""
    folder = os.environ.get("DUROMETER_TEST_DATA")
    if not folder:
        pytest.skip("DUROMETER_TEST_DATA is not set")
    return Path(folder)
