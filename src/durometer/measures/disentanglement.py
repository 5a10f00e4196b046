"""Does a model see who it is, or how it stands: identity against pose in triplets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate
from durometer.measures.oddity import TIE, Similarity, pair_similarities
from durometer.stats import clopper_pearson


@dataclass(frozen=True)
class Disentanglement:
    """How features of triplets hold identity and pose apart.

    Attributes:
        identity_first: How often the anchor is more similar to the one of its own identity than to the one of
            its own pose; ties count half. 1/2 says that neither decides, 0 that pose alone does.
        identity: Mean similarity of anchor and same identity.
        pose: Mean similarity of anchor and same pose.
        neither: Mean similarity of the two that share nothing: what the two above are to be read against.
    """

    identity_first: Estimate
    identity: float
    pose: float
    neither: float


def disentanglement(
    features: npt.ArrayLike, *, level: float = 0.95, by: Similarity = "cosine"
) -> Disentanglement:
    """Compare similarities in triplets of which two share the identity and two the pose.

    Such triplets come from (Shao et al., 2024); the score is our own. Features that are not finite count
    as pose first, and are left out of the means. Clopper and Pearson's interval.

    Args:
        features: (N, 3, D): the anchor, the same identity in another pose, another identity in the same pose.
        level: Coverage of the interval.
        by: How features are compared.

    Raises:
        UsageError: features of another shape.
    """
    neither, pose, identity = pair_similarities(features, by=by).T
    more = identity - pose
    scores = np.where(np.abs(more) <= TIE, 0.5, (more > 0).astype(np.float64))
    means = [
        float(np.mean(s[np.isfinite(s)])) if np.isfinite(s).any() else 0.0 for s in (identity, pose, neither)
    ]
    return Disentanglement(clopper_pearson(float(scores.sum()), float(len(scores)), level), *means)
