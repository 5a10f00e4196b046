"""A perturber of NRTK's shape as a stressor: the package need not be installed for one's own."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Json, Param, Stressor
from durometer.stress.shifts.whole import OF_THE_PLACE, STALE

SEED = "seed"
"""The entry of a configuration that NRTK's random perturbers are seeded with."""


@dataclass(frozen=True)
class Nrtk(Stressor):
    """Show each picture as a perturber changes it: `perturb(image=(H, W, 3) uint8, boxes=None)`.

    A perturber whose configuration has a `seed` is made anew for each sample, seeded by the sample's own dice
    where the configuration leaves the seed out, so that a sample looks the same in any batch. What it raises
    and pictures of another size are the sample's: it is not edited, with the reason.
    """

    perturber: Annotated[str, Param("package.module:Class of the perturber; runs its code")]
    config: Annotated[Mapping[str, Any], Param("what it is made with, as its get_config() says")] = field(
        default_factory=dict
    )
    theta_key: Annotated[str, Param("the entry of the configuration that is the severity")] = ""
    theta: Annotated[int | float | str | None, Param("the severity: its value")] = None
    moves: Annotated[bool, Param("whether it moves pixels: the mask is then perturbed in the same way")] = (
        False
    )
    given: Annotated[Mapping[str, Any], Param("more arguments of each call, such as img_gsd")] = field(
        default_factory=dict
    )

    name: ClassVar[str] = "nrtk"
    family: ClassVar[str] = "shifts"

    def __post_init__(self) -> None:
        if (self.theta is None) != (not self.theta_key):
            raise ValueError("theta_key and theta go together; give both or none")
        _ = self._unseeded  # made once: what it does not take is said before the run

    @classmethod
    def of(cls, perturber: Any, *, theta_key: str = "", moves: bool = False, **given: Any) -> Nrtk:
        """Return the stressor of a perturber that exists; what it was made with is asked of it.

        Args:
            perturber: Has `perturb` and `get_config`; its class can be imported and made of what that says.
            theta_key: The entry of its configuration that is the severity.
            moves: Whether it moves pixels.
            given: More arguments of each call.
        """
        config = {k: _plain(v) for k, v in perturber.get_config().items()}
        kind = type(perturber)
        theta = config.get(theta_key) if theta_key else None
        if not isinstance(theta, int | float | str | None):
            theta = str(theta)
        return cls(f"{kind.__module__}:{kind.__qualname__}", config, theta_key, theta, moves, given)

    @property
    def dial(self) -> Dial:
        number = float(self.theta) if isinstance(self.theta, int | float) else 1.0
        return Dial(f"{self._short} {self.theta_key}".rstrip(), number)

    @property
    def title(self) -> str:
        return f"{self._short}, {self.theta_key} {self.theta}" if self.theta_key else self._short

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        x, refused = batch.x.clone(), dict(batch.refused)
        stale = STALE | ({"mask"} if self.moves else set())
        aux = {k: v for k, v in batch.aux.items() if k not in stale}
        masks = batch.aux["mask"].clone() if self.moves and "mask" in batch.aux else None
        for i, seed in enumerate(dice.integers(SEED, 0, 2**31 - 1).tolist()):
            if i in refused:
                continue
            try:
                x[i] = self._perturbed(batch.x[i], seed)
                if masks is not None:
                    masks[i] = self._perturbed(masks[i].expand_as(batch.x[i]), seed)[:1]
            except Exception as error:  # a stranger's perturber may fail in any way
                refused[i] = f"{self._short} failed: {' '.join(str(error).split()) or type(error).__name__}"
        if masks is not None:
            aux["mask"] = masks
        facts = {k: v for k, v in batch.facts.items() if not (self.moves and k in OF_THE_PLACE)}
        return batch.but(x=x, aux=aux, facts=facts, refused=dict(sorted(refused.items())))

    @cached_property
    def _kind(self) -> Any:
        return _load(self.perturber)

    @property
    def _short(self) -> str:
        return self.perturber.rpartition(":")[2].rpartition(".")[2].removesuffix("Perturber")

    @cached_property
    def _unseeded(self) -> bool:
        """Whether it is random, and its seed was left to us."""
        made = self._made()
        told = made.get_config() if hasattr(made, "get_config") else self.config
        return SEED in told and told[SEED] is None

    def _made(self, seed: int | None = None) -> Any:
        config = dict(self.config)
        if self.theta_key:
            config[self.theta_key] = self.theta
        if seed is not None and self._unseeded:
            config[SEED] = seed
        kind = self._kind
        try:
            return kind.from_config(config) if hasattr(kind, "from_config") else kind(**config)
        except Exception as error:
            reason = " ".join(str(error).split())
            raise ValueError(f"{self.perturber} can't be made of its configuration: {reason}") from error

    def _perturbed(self, x: Tensor, seed: int) -> Tensor:
        levels = x.mul(255).round().to(torch.uint8).permute(1, 2, 0).contiguous().cpu().numpy()
        image, _ = self._made(seed).perturb(image=levels, boxes=None, **self.given)
        image = np.asarray(image)
        if image.ndim == 2:
            image = np.repeat(image[..., None], 3, axis=2)
        if image.shape != levels.shape or image.dtype != np.uint8:
            raise ValueError(
                f"it returned {image.shape} {image.dtype} for {levels.shape} uint8; "
                "use a perturber that keeps size and type"
            )
        return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).to(x) / 255


def _load(where: str) -> Any:
    module, colon, name = where.partition(":")
    if not (module and colon and name):
        raise ValueError(f"perturber = {where!r} is not of the form package.module:Class")
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except ImportError as error:
        raise ValueError(f"perturber = {where!r} can't be imported ({error}); install its package") from error
    except AttributeError as error:
        raise ValueError(f"there is no {name!r} in {module}") from error
    if not callable(getattr(found, "perturb", None)):
        raise ValueError(f"{where} has no perturb(image=, boxes=)")
    return found


def _plain(value: Any) -> Json:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(v) for v in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
