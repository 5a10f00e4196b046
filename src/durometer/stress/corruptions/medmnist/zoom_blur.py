"""The picture while the camera moves toward it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.medical import Medical, Profile
from durometer.stress.corruptions.zoom_blur import zoomed


@dataclass(frozen=True)
class MedicalZoomBlur(Medical):
    """Take the mean of the picture and of itself at several zooms about its middle.

    The constants are first zoom, end and step as `numpy.arange` reads them; see `zoom-blur`.
    """

    profile: Profile = "dermamnist"

    name: ClassVar[str] = "medmnist-zoom-blur"

    def between(self, shares: Sequence[float]) -> Any:
        """Return zooms from 1 to a drawn end, at most the last zoom of the last severity, by a drawn step."""
        (first, _, fine), (_, _, coarse) = self.levels[0], self.levels[-1]
        most = float(np.arange(*self.levels[-1])[-1])
        return first, first + (most - first) * max(shares[0], 1e-6), fine + (coarse - fine) * shares[1]

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        return zoomed(x, np.arange(*constants).tolist())
