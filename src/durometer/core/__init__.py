"""Level 0: nouns, protocols, registry, randomness, errors. Imports torch, numpy and nothing of ours."""

from durometer.core.dice import Dice, order_key
from durometer.core.errors import (
    DataError,
    DurometerError,
    ExtensionError,
    IncompleteError,
    MissingExtraError,
    ModelError,
    PlanError,
    RecordError,
    UnknownNameError,
    UsageError,
    did_you_mean,
)
from durometer.core.nouns import (
    Batch,
    Dial,
    Estimate,
    Facts,
    InputSpec,
    Json,
    ModelCard,
    Movement,
    Output,
    Sample,
    Scalar,
    Sight,
    Spec,
    Target,
    Trait,
    canonical_json,
)
from durometer.core.objects import Objects
from durometer.core.oracle import Oracle, ask
from durometer.core.params import Param
from durometer.core.protocols import (
    AsksModel,
    Attack,
    Bank,
    Dataset,
    Measure,
    Model,
    Rows,
    Stressor,
    Task,
    Threat,
)
from durometer.core.registry import Registry
from durometer.core.sceptic import on_grid, stress

__all__ = [
    "AsksModel", "Attack", "Bank", "Batch", "DataError", "Dataset", "Dial", "Dice", "DurometerError", "Estimate",
    "ExtensionError", "Facts", "IncompleteError", "InputSpec", "Json", "Measure", "MissingExtraError", "Model",
    "ModelCard", "ModelError", "Movement", "Objects", "Oracle", "Output", "Param", "PlanError", "RecordError", "Registry", "Rows", "Sample", "Scalar",
    "Sight", "Spec", "Stressor", "Target", "Task", "Threat", "Trait", "UnknownNameError", "UsageError", "ask",
    "canonical_json", "did_you_mean", "on_grid", "order_key", "stress",
]  # fmt: skip
