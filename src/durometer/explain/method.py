"""How each figure of a report is made, in a line each, with its source."""

from __future__ import annotations

from collections.abc import Mapping

from durometer.explain.effects import ALPHA
from durometer.explain.slices import SUPPORT
from durometer.measures.ece import BINS

SUMMARY: Mapping[str, str] = {
    "accuracy": "share of right answers; interval of Clopper and Pearson (1934)",
    "drop": "accuracy on the unedited canvas minus accuracy under the condition, over samples measured in "
    "both; score interval of Tango (1998)",
    "net": "drop minus control: the same comparison between the condition's and the control's rows",
    "p": "exact McNemar test (1947) of the comparison that net is taken from",
    "p_adjusted": "Holm (1979) over all edits and models; controls and diagnostics are families of their own",
    "finding": f"an edit whose adjusted p is below {ALPHA} and whose net drop is above zero",
    "order": "by the lower end of net, largest first",
    "draws": "repeated draws of a sample are averaged and count as one; intervals and p are then safe, not "
    "exact",
    "smallest": "the drop that the exact test finds with a chance of 80 % at the level 0.05 / comparisons, "
    "when as many answers change the other way as were seen to",
    "mean_drop": "mean over edits for each sample; adjusted t interval of Bonett and Price (2012)",
    "ranks": "models compared sample by sample on their mean drop, Holm over the pairs of models",
    "slices": "exact hypergeometric test of wrong answers (canvas), or of answers lost among those right "
    f"before (edits), Holm over all groups of {SUPPORT} samples or more; each further group also within "
    "strata of those accepted before it",
    "ece": f"top answer, {BINS} bins of equal width closed below, the last on both ends, in float64; "
    "reflected bootstrap interval; beside it the mean for a perfectly calibrated model at this n",
    "not_edited": "samples that could not be edited leave both arms; extremes count them right and wrong",
    "not_finite": "answers that were not finite count as wrong",
}

COMPARISON: Mapping[str, str] = {
    "difference": "accuracy in the other record minus accuracy in the baseline, over samples that both hold "
    "with the same content and both measured; score interval of Tango (1998)",
    "drop_difference": "drop in the other minus drop in the baseline, sample by sample; adjusted t interval "
    "of Bonett and Price (2012)",
    "p": "exact McNemar test (1947)",
    "p_adjusted": "Holm (1979) over all conditions, models and records compared",
}
