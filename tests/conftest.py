"""Settings of the whole suite: property tests have no deadline (machines are shared) and repeat in CI."""

import importlib.util
import os
from pathlib import Path

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
