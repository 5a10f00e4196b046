"""Level 5: plan -> record."""

from durometer.run.engine import execute, run
from durometer.run.plan import CanvasPlan, ConditionPlan, DataPlan, DesignPlan, ModelPlan, Plan
from durometer.run.prepare import Options, Prepared, prepare
from durometer.run.progress import Progress

__all__ = [
    "CanvasPlan", "ConditionPlan", "DataPlan", "DesignPlan", "ModelPlan", "Options", "Plan", "Prepared", "Progress", "execute",
    "prepare", "run",
]  # fmt: skip
