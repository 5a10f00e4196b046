"""The list of checks: add one by writing a file with NAME and check(evidence), and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from durometer.attack.diagnosis import (
    batch_dependence,
    black_box,
    falls,
    flat_gradients,
    logit_scale,
    loss_gap,
    one_step,
    plateau,
    probabilities,
    random_outputs,
    random_search,
    unbounded,
    unstable,
    wrong_gradients,
    zero_gradients,
)
from durometer.attack.diagnosis.diagnosis import Diagnosis
from durometer.attack.diagnosis.evidence import QUERIES, Evidence
from durometer.core import Batch, Oracle, Threat

CHECKS: Mapping[str, Callable[[Evidence], Diagnosis]] = {
    part.NAME: part.check
    for part in (
        random_outputs, batch_dependence, probabilities, unstable, zero_gradients, flat_gradients,
        wrong_gradients,
        logit_scale, loss_gap, one_step, plateau, falls, unbounded, random_search, black_box,
    )
}  # fmt: skip


def diagnose(
    oracle: Oracle, batch: Batch, threat: Threat, *, seed: int = 0, queries: int = QUERIES
) -> tuple[Diagnosis, ...]:
    """Say whether attacks on this model can be believed, one diagnosis a check, in the order of `CHECKS`.

    A point costs at most about 670 forward and 300 backward passes, with the default queries; points that
    break early cost far less. `oracle.forwards` and `oracle.backwards` have the bill.

    Args:
        oracle: The model, in evaluation mode.
        batch: Some tens of points; differences of a few points can't be told from chance with less.
        threat: The set that is searched; gradient checks need a `Directed` one.
        seed: Of all randomness but the model's own.
        queries: Questions a point that the black box may ask.
    """
    evidence = Evidence(oracle, batch, threat, seed=seed, queries=queries)
    return tuple(check(evidence) for check in CHECKS.values())
