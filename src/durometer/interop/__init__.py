"""Level 6: durometer's edits and measures in other toolkits' shapes, and theirs in a plan.

Nothing of MAITE or NRTK is imported; what fits their protocols is made, and what fits is taken.
"""

from durometer.interop.augmentation import Augmentation
from durometer.interop.editor import Editor
from durometer.interop.metric import Metric
from durometer.interop.nrtk import nrtk_conditions
from durometer.interop.perturber import Perturber

__all__ = ["Augmentation", "Editor", "Metric", "Perturber", "nrtk_conditions"]
