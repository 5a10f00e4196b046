"""Level 2: sets of inputs around an input: balls, regions, patches, movements and colors.

To add one: write a file with a frozen dataclass that subclasses `durometer.core.Threat` (or `Directed`, so that
gradient attacks know which way to step in it; or `durometer.threat.parametric.Cube` for a set that is reached by
moving the input), and list it below or under the entry point `durometer.threat`. One file a set.
"""

from durometer.core import Registry, Threat
from durometer.threat.background import Background
from durometer.threat.directed import Directed
from durometer.threat.l0 import L0
from durometer.threat.l1 import L1
from durometer.threat.l2 import L2
from durometer.threat.linf import Linf
from durometer.threat.local import Local

THREATS: Registry[Threat] = Registry(
    "threat",
    {
        "linf": "durometer.threat.linf:Linf",
        "l2": "durometer.threat.l2:L2",
        "l1": "durometer.threat.l1:L1",
        "l0": "durometer.threat.l0:L0",
        "background": "durometer.threat.background:Background",
        "object": "durometer.threat.object:Object",
        "patch": "durometer.threat.patch:Patch",
        "fixed-patch": "durometer.threat.fixed_patch:FixedPatch",
        "rotation-translation": "durometer.threat.rotation_translation:RotationTranslation",
        "vector-field": "durometer.threat.vector_field:VectorField",
        "color": "durometer.threat.color:Color",
        "hsv": "durometer.threat.hsv:HSV",
        "product": "durometer.threat.product:Product",
    },
)

__all__ = ["L0", "L1", "L2", "THREATS", "Background", "Directed", "Linf", "Local"]
