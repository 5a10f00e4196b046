"""The shell around every attack: what it found is put inside the threat and the model is asked again."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.attack.engine.outcome import Outcome
from durometer.attack.lifted import lifted
from durometer.core import Attack, Batch, Dice, ExtensionError, ModelError, Oracle, Threat
from durometer.threat.local import around
from durometer.threat.parametric import Parametric


def attacked(attack: Attack, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Tensor:
    """Return the inputs (B, ...) that `judged` found."""
    return judged(attack, oracle, batch, threat, dice).x


def judged(attack: Attack, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
    """Search for the worst input of each sample; what is returned was checked, not believed.

    The result is projected to the threat, clipped to the model's range and asked again. Where it scores
    higher than the untouched input, the untouched input is returned: it is in the set too, so accuracy under
    attack never exceeds accuracy without. In a threat with coordinates all of this is done to its points.

    Args:
        attack: The search.
        oracle: The model, in evaluation mode.
        batch: `x` is (B, ...) in the model's own input space.
        threat: Where to search; one that differs from sample to sample learns of these samples here.
        dice: Randomness by sample.

    Raises:
        ModelError: the model doesn't offer what the attack needs.
        ExtensionError: the attack or the threat broke its contract.
    """
    name = f"attack {attack.name!r}"
    lacking = sorted(attack.needs - oracle.traits)
    if lacking:
        raise ModelError(
            f"it needs {', '.join(lacking)}, which this model does not give",
            where=name,
            fix="Choose another attack",
        )
    if isinstance(threat, Parametric):
        return lifted(judged, attack, oracle, batch, threat, dice)
    threat, before = around(threat, batch), batch.x._version
    told = attack(oracle, batch, threat, dice)
    found, facts = (told.x, told.facts) if isinstance(told, Outcome) else (told, {})
    if batch.x._version != before:
        raise ExtensionError("modified its input in place", where=name, fix="Work on a copy")
    _check(name, found, batch.x)
    found = threat.project(batch.x, found.detach()).clamp(oracle.low, oracle.high)
    if not bool(threat.contains(batch.x, found).all()):
        raise ExtensionError(
            "its projection leaves the set, or clipping to the model's range does",
            where=f"threat {threat.name!r}",
        )
    return Outcome(_worse(oracle, batch, found), facts)


def _check(name: str, found: Tensor, x: Tensor) -> None:
    if found.shape != x.shape or found.dtype != x.dtype or found.device != x.device:
        raise ExtensionError(
            f"returned {tuple(found.shape)} {found.dtype} on {found.device} "
            f"for {tuple(x.shape)} {x.dtype} on {x.device}",
            where=name,
        )
    if not bool(found.isfinite().all()):
        raise ExtensionError("returned values that are not finite", where=name)


def _worse(oracle: Oracle, batch: Batch, found: Tensor) -> Tensor:
    keep = oracle.score(found, batch.y) <= oracle.score(batch.x, batch.y)
    return torch.where(keep.reshape(-1, *[1] * (found.ndim - 1)), found, batch.x)
