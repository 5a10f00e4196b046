"""Every contract check under one roof, one file each."""

from durometer.testing.attacks import check_attack
from durometer.testing.datasets import check_dataset
from durometer.testing.measures import check_measure
from durometer.testing.models import check_model
from durometer.testing.stressors import check_stressor
from durometer.testing.threats import check_threat

__all__ = ["check_attack", "check_dataset", "check_measure", "check_model", "check_stressor", "check_threat"]
