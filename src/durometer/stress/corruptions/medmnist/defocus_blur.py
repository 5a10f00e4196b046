"""The picture out of focus: each point a disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.defocus_blur import disk, out_of_focus
from durometer.stress.corruptions.medmnist.medical import Medical, Profile


@dataclass(frozen=True)
class MedicalDefocusBlur(Medical):
    """Spread each point over a disk with a softened rim; the constants are its radius and the rim's sigma.

    The disk is that of `defocus-blur`, its oddities too.
    """

    profile: Profile = "pathmnist"

    name: ClassVar[str] = "medmnist-defocus-blur"

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        return out_of_focus(x, disk(*constants))
