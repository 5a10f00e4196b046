"""Level 2: ways to bring a model. An adapter makes one thing of any network: `view`, `visible` and a call."""

from durometer.models.adapter import Adapter
from durometer.models.callable import CallableModel
from durometer.models.find import MODELS
from durometer.models.inputs import parse_input
from durometer.models.load import load_model
from durometer.models.module import ModuleModel
from durometer.models.options import Known, Options, make_card

__all__ = [
    "MODELS", "Adapter", "CallableModel", "Known", "ModuleModel", "Options", "load_model", "make_card", "parse_input",
]  # fmt: skip
