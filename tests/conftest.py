"""Settings of the whole suite: no deadlines (machines are shared), repeatable in CI, one thread a worker."""

import importlib.util
import os
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:  # each worker has a core to itself; must be said before numpy loads
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")

import pytest
from hypothesis import settings

settings.register_profile("shared", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("shared")


def beside(name):
    """Load a module that lies beside this file and is no test."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def imagenet_e():
    """The miniature of ImageNet-E's published files; see published.py."""
    return beside("published")


@pytest.fixture(scope="session")
def by_scipy():
    """The complexity of a background by numpy and scipy alone; see spectrum_by_scipy.py."""
    return beside("spectrum_by_scipy").background_complexity
