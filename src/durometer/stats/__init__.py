"""Level 1: intervals, paired tests, clusters, corrections, power. numpy float64; scipy where used, no torch."""

from durometer.stats.bootstrap import bootstrap, generator
from durometer.stats.cluster import PairedResult, paired_estimate, share_estimate
from durometer.stats.graded import graded_mean
from durometer.stats.holm import holm
from durometer.stats.hypergeometric import more_than_share, more_within_strata
from durometer.stats.of_means import of_means
from durometer.stats.paired import mcnemar_exact, mcnemar_exact_many, tango, tango_bounds
from durometer.stats.power import power, smallest_drop
from durometer.stats.proportion import clopper_pearson, clopper_pearson_bounds, wilson
from durometer.stats.ranks import rank_ranges
from durometer.stats.survival import Median, kaplan_meier, median, restricted_mean, share_at

__all__ = [
    "Median", "PairedResult", "bootstrap", "clopper_pearson", "clopper_pearson_bounds", "generator",
    "graded_mean", "holm", "kaplan_meier", "mcnemar_exact", "mcnemar_exact_many", "median",
    "more_than_share", "more_within_strata", "of_means", "paired_estimate", "power", "rank_ranges",
    "restricted_mean", "share_at", "share_estimate", "smallest_drop", "tango", "tango_bounds", "wilson",
]  # fmt: skip
