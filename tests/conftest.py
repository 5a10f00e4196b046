"""Settings of the whole suite: property tests have no deadline (machines are shared) and repeat in CI."""

import os

from hypothesis import settings

settings.register_profile("shared", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("shared")
