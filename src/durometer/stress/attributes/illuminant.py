"""The same scene under light of another color."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.illuminant import COOLEST, HOTTEST, NEUTRAL, gains
from durometer.stress.attributes.scene import relit


@dataclass(frozen=True)
class Illuminant(Stressor):
    """Multiply linear red, green and blue as a lamp of this color temperature would, mean luminance kept.

    The picture is taken to be balanced for 6504 K. The black body's color comes from the cubics of Kang et
    al. (2002); its gains are taken in linear sRGB (the von Kries rule). What would be more than white is cut;
    the facts say which gains were used and, as `luminance_ratio`, what was kept.
    """

    kelvin: Annotated[
        float,
        Param("color temperature of the lamp; 6504 leaves it", unit="kelvin", low=COOLEST, high=HOTTEST),
    ] = 3000.0
    gain: Annotated[
        tuple[float, float, float],
        Param("further gain of linear red, green and blue; only their ratio counts", low=0, high=100),
    ] = (1.0, 1.0, 1.0)

    name: ClassVar[str] = "illuminant"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "kang2002"

    def __post_init__(self) -> None:
        if not any(self.gain):
            raise ValueError("a light whose gains are all 0 shows nothing; give one above 0")

    @property
    def dial(self) -> Dial:
        return Dial("illuminant") if self._tinted else Dial("illuminant", self.kelvin, "kelvin")

    @property
    def title(self) -> str:
        lamp = [f"{self.kelvin:g} K"] if self.kelvin != NEUTRAL or not self._tinted else []
        tint = ["×" + "/".join(f"{g:g}" for g in self.gain)] if self._tinted else []
        return f"illuminant, {' '.join(lamp + tint)}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        if batch.x.shape[1] != len(self.gain):
            every = dict.fromkeys(range(len(batch)), "a picture without color shows no color of the light")
            return batch.but(refused={**every, **batch.refused})
        both = [lamp * more for lamp, more in zip(gains(self.kelvin), self.gain, strict=True)]
        gain = batch.x.new_tensor(both)[None, :, None, None]
        told: dict[str, list[Scalar]] = {
            f"gain_{name}": [round(g / max(both), 4)] * len(batch)
            for name, g in zip(("red", "green", "blue"), both, strict=True)
        }
        return relit(batch, gain, told)

    @property
    def _tinted(self) -> bool:
        return len(set(self.gain)) > 1
