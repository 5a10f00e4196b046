"""Settings of the whole suite: property tests have no deadline (machines are shared) and repeat in CI."""

import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("shared", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("shared")


@pytest.fixture(scope="session")
def imagenet_e():
    """The miniature of ImageNet-E's published files; see published.py."""
    spec = importlib.util.spec_from_file_location("published", Path(__file__).with_name("published.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
