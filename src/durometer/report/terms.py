"""The words that are not everyday speech, each with a short explanation and its source."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from durometer.core import UsageError
from durometer.report.svg.draw import element


@dataclass(frozen=True)
class Term:
    """A word, what it means in plain speech, and where it comes from."""

    word: str
    meaning: str
    source: str = ""


TERMS: dict[str, Term] = {
    "drop": Term(
        "drop",
        "Accuracy on the unedited canvas minus accuracy under the edit, over the same samples, in "
        "points (hundredths). 31 points: of 100 samples, 31 fewer are answered rightly.",
    ),
    "control": Term(
        "control",
        "The same handling without the change: what the handling alone costs must not be blamed on "
        "the change. Edits that show filled background are read against the placebo edit, background "
        "edits against the null edit.",
    ),
    "null": Term(
        "null edit",
        "The object is cut out, its hole filled and the object pasted back where it was.",
    ),
    "placebo": Term(
        "placebo edit",
        "A hole of the object's shape is filled elsewhere in the background; the object is not touched.",
    ),
    "net": Term(
        "drop minus control",
        "How much more the edit costs than its control, computed from the same samples: the part that "
        "belongs to the change itself. Findings are sorted by the lower end of its interval.",
    ),
    "interaction": Term(
        "interaction",
        "I(A, B) = drop(AB) − drop(A) − drop(B), sample by sample: what two edits cost together beyond the "
        "sum of what each costs alone; for three and more, beyond what all smaller sets of them explain.",
    ),
    "interval": Term(
        "95 % interval",
        "The values that this many samples do not rule out. Made anew on other samples, such an "
        "interval would hold the true value about 95 times in 100.",
        "accuracy: Clopper and Pearson (1934); paired drop: Tango (1998)",
    ),
    "ap": Term(
        "average precision",
        "How many of the objects are found, and how rarely something is found that isn't there: the area "
        "under precision against recall, mean over classes and over ten overlaps (IoU .50 to .95) from which "
        "an object counts as found. AP50 and AP75 take one overlap.",
        "COCO evaluation (Lin et al., 2014)",
    ),
    "miou": Term(
        "mIoU",
        "Intersection over union of label maps: pixels that are of a class and were said to be, over those "
        "that are or were said to be, summed over all pictures; mean over classes.",
    ),
    "mpc": Term(
        "mean performance under corruption",
        "The mean over all corruptions and severities.",
        "Michaelis et al. (2019)",
    ),
    "rpc": Term(
        "relative performance under corruption",
        "The mean under corruption over the value on unedited pictures.",
        "Michaelis et al. (2019)",
    ),
    "mcnemar": Term(
        "McNemar's exact test",
        "Looks only at the samples whose answer changed between right and wrong, and asks how often a "
        "fair coin would split them so unevenly. p is that chance.",
        "McNemar (1947)",
    ),
    "holm": Term(
        "Holm's correction",
        "Who looks often enough finds something by luck. The p values are raised so that the chance "
        "of even one false finding among all edits and models stays below 5 %.",
        "Holm (1979)",
    ),
    "ns": Term(
        "n.s.",
        "Not significant: cannot be told from zero with this many samples. It does not mean that "
        "there is no effect.",
    ),
    "smallest": Term(
        "smallest drop that would be seen",
        "The smallest drop minus control that this many samples would find with a chance of 80 %.",
    ),
    "flips": Term(
        "flips",
        "Samples right before and wrong after (lost), and wrong before and right after (gained), "
        "against the control or, where there is none, against the unedited canvas.",
    ),
    "t5d": Term(
        "T5D",
        "Top-5 distance: how many places the five likeliest answers of a frame move in the ranking of the "
        "next one, places beyond the fifth counting as the sixth. 0 if all stay, 15 if all leave.",
        "Hendrycks and Dietterich (2019)",
    ),
    "canvas": Term(
        "canvas",
        "The decoded image at the size of the plan, before any edit: every drop is counted from here.",
    ),
    "own": Term(
        "own view",
        "The original image, resized and cropped the model's own way: the accuracy that its owner knows.",
    ),
    "diagnostic": Term(
        "diagnostic",
        "A change after which the old answer is no longer right, such as removing the object. It "
        "shows what a model looks at; it is not counted as a weakness.",
    ),
    "ece": Term(
        "expected calibration error",
        "How far the stated confidence is from the share of right answers, on average over groups of "
        "similar confidence. Even a perfect model shows more than zero with few samples, so that "
        "value stands beside it.",
        "Naeini et al. (2015)",
    ),
    "confident": Term(
        "confident mistake",
        "A wrong answer given with a confidence of 90 % or more.",
    ),
    "worst": Term(
        "worst case",
        "Of many edits of one kind, each sample's worst: a wrong answer before a right one, a confident "
        "mistake before a hesitant one. Right in the worst case means right under every one of them.",
        "Xiao et al. (2021), for backgrounds",
    ),
    "null-search": Term(
        "null search",
        "The worst of many pictures is worse than one of them even if nothing was changed. So as many "
        "pictures are searched in the same way in which only the handling and faint noise differ; what the "
        "edit costs is the difference.",
    ),
    "vulnerable": Term(
        "vulnerable",
        "The share of the samples right on the unedited canvas that at least one of the edits turns wrong.",
    ),
    "censored": Term(
        "censored",
        "Samples that outlasted everything that could be tried. They count as right for as long as they "
        "were watched, and never as failures.",
    ),
    "survival": Term(
        "survival curve",
        "The share of samples still right beyond each severity, with those that could not be watched "
        "further taken into account: the product-limit estimate, its log-log interval, and the median by "
        "which half have failed.",
        "Kaplan and Meier (1958), Greenwood (1926), Brookmeyer and Crowley (1982)",
    ),
    "worst-attack": Term(
        "worst case over attacks",
        "A sample counts as right only if no attack of the plan breaks it within that radius: neither one "
        "run at it, nor one at a smaller radius, nor one that looks for the nearest broken input.",
    ),
    "luck": Term(
        "random search",
        "Points drawn at random from the same set of changes, the worst of them kept. The smallest search "
        "that may ask as often as the attack passes through the model, forward and backward, is taken, or "
        "the largest that the plan holds.",
    ),
    "passes": Term(
        "passes",
        "How often a sample goes through the model, forward for an answer or backward for a gradient. The "
        "questions that check what an attack found are not among them.",
    ),
    "optimality": Term(
        "local optimality",
        "How near an attack comes to the best that all attacks of the record found together, by the areas "
        "under the curves of accuracy against distance: 1 where none found a nearer input, 0 where it "
        "broke nothing.",
        "Cinà et al. (2024)",
    ),
    "slice": Term(
        "group",
        "Samples that share a class or another known fact; each is held against all other samples.",
    ),
}


def term(name: str, text: str = "", *, at: str = "") -> Markup:
    """Return a link to the explanation, which also shows on hover."""
    if name not in TERMS:
        raise UsageError(f"the report has no explanation of {name!r}", fix=f"Known are: {', '.join(TERMS)}")
    found = TERMS[name]
    return element("a", text or found.word, href=f"#{at}term-{name}", class_="term", title=found.meaning)
