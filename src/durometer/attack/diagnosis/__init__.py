"""Can the result of an attack be believed? One file a check; `diagnose` runs them all."""

from durometer.attack.diagnosis.checks import CHECKS, diagnose
from durometer.attack.diagnosis.diagnosis import Diagnosis

__all__ = ["CHECKS", "Diagnosis", "diagnose"]
