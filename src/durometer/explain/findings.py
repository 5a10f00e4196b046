"""What a report says, as frozen values: computed by `summarize`, rendered by `report/`, kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from durometer.core import Estimate, Json

Verdict = Literal["worse", "better", "undecided"]


@dataclass(frozen=True)
class ModelFigures:
    """One model before anything is changed.

    Attributes:
        own_view: Accuracy on its own view of the original images (the number its owner knows).
        canvas: Accuracy on the unedited canvas: every drop is counted from here.
        top5: Top-5 accuracy on the canvas; None with five classes or fewer.
        changed_by_canvas: Answers that the canvas alone changed, of `changed_of`.
        nan_outputs: Predictions that were not finite, over all conditions; they score 0.
        cut_share: Mean share of the object that its own crop cuts from the canvas; None without masks.
    """

    name: str
    digest: str
    own_view: Estimate | None
    canvas: Estimate
    top5: Estimate | None
    changed_by_canvas: int
    changed_of: int
    nan_outputs: int
    cut_share: float | None
    guesses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Effect:
    """One condition and one model against the unedited canvas and against its control.

    Attributes:
        condition: Spec key.
        title: What a person reads: `size, 5 %`.
        family: `attributes`, `shifts`, `attack`, …
        role: `edit`, `control` (null, placebo) or `diagnostic` (label not kept: only-background).
        accuracy: Under the condition, over the pairs.
        drop: Accuracy lost against the canvas, paired; 0.31 = 31 points.
        control, control_title: Spec key and title of the control; empty when there is none.
        control_drop: The control's own drop, over the same pairs.
        net: Drop minus control, paired; equals `drop` where there is no control.
        p, p_adjusted: Exact McNemar of the condition against its control (or the canvas); Holm over the plan.
        lost, gained: Pairs right before and wrong after, and the reverse, against the same reference as `p`.
        not_edited: Samples that could not be edited, by reason.
        extremes: The drop if all such samples were right, and if all were wrong, under the condition.
        nan_outputs: Answers that were not finite; they score 0.
        smallest: The smallest net drop that this n would find with a chance of 80 %.
        confidence_change: Mean change of the confidence in the answer.
        achieved: Mean of each numeric fact that the edit reports.
    """

    model: str
    condition: str
    title: str
    family: str
    axis: str
    severity: float
    unit: str
    role: Literal["edit", "control", "diagnostic"]
    accuracy: Estimate
    drop: Estimate
    control: str
    control_title: str
    control_drop: Estimate | None
    net: Estimate
    p: float
    p_adjusted: float
    lost: int
    gained: int
    verdict: Verdict
    not_edited: Mapping[str, int]
    extremes: tuple[float, float]
    nan_outputs: int
    smallest: float
    confidence_change: Estimate
    achieved: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Curve:
    """Accuracy against severity on one axis for one model; the canvas is not one of the points."""

    model: str
    axis: str
    unit: str
    points: tuple[tuple[float, Estimate], ...]
    canvas: Estimate


@dataclass(frozen=True)
class PlaceMap:
    """Accuracy by where the object stands: `cells[row][column]`, None where nothing was measured."""

    model: str
    axis: str
    cells: tuple[tuple[Estimate | None, ...], ...]


@dataclass(frozen=True)
class Slice:
    """A group that does worse than the rest, tested and adjusted for the number of groups looked at.

    Attributes:
        where: `(("class", "cat"), ("lighting", "dim"))`.
        accuracy, rest: Of the slice and of all other samples.
        looked_at: Size of the family that `p_adjusted` was corrected for.
    """

    model: str
    where: tuple[tuple[str, str], ...]
    condition: str
    title: str
    accuracy: Estimate
    rest: Estimate
    p_adjusted: float
    looked_at: int


@dataclass(frozen=True)
class Confusion:
    """Answers that a condition turned from right into one wrong class."""

    model: str
    condition: str
    title: str
    true: str
    answer: str
    count: int
    of: int


@dataclass(frozen=True)
class Calibration:
    """ECE of one model under one condition, beside what perfect calibration would show at this n.

    Attributes:
        bins: (mean confidence, accuracy, count) of each non-empty bin.
        expected: Mean ECE of a perfectly calibrated model with these confidences.
        confident_mistakes: Share of answers that are wrong at a confidence of 0.9 or more.
    """

    model: str
    condition: str
    title: str
    ece: Estimate
    expected: float
    confident_mistakes: Estimate
    bins: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True)
class Rank:
    """Places a model may hold among the models of a plan; ties share a range."""

    model: str
    mean_drop: Estimate
    best: int
    worst: int


@dataclass(frozen=True)
class NotMeasured:
    """Something that was asked for and not measured: what, how many, why, and the way out."""

    what: str
    count: int
    of: int
    why: str
    fix: str = ""


@dataclass(frozen=True)
class Picture:
    """One original/edited pair for the gallery; the images are artifacts of the record."""

    sample: str
    model: str
    condition: str
    title: str
    truth: str
    before: str
    before_confidence: float
    after: str
    after_confidence: float
    kind: Literal["right→wrong", "wrong→right", "still right", "still wrong"]
    original: str
    edited: str
    achieved: Mapping[str, Json] = field(default_factory=dict)
    draw: int = 0


@dataclass(frozen=True)
class Headline:
    """The verdict: a claim, sentences with numbers, and the effect it speaks of (None: nothing found)."""

    claim: str
    sentences: tuple[str, ...]
    effect: Effect | None


@dataclass(frozen=True)
class Summary:
    """Everything a report shows, from one record; effects by the lower end of `net`, largest first."""

    title: str
    headline: Headline
    models: tuple[ModelFigures, ...]
    effects: tuple[Effect, ...]
    mean_drop: Mapping[str, Estimate]
    curves: tuple[Curve, ...]
    places: tuple[PlaceMap, ...]
    slices: tuple[Slice, ...]
    slices_looked_at: int
    confusions: tuple[Confusion, ...]
    calibrations: tuple[Calibration, ...]
    ranks: tuple[Rank, ...]
    pictures: tuple[Picture, ...]
    not_measured: tuple[NotMeasured, ...]
    cells_measured: int
    cells_asked: int
    guesses: tuple[str, ...]
    method: Mapping[str, Json]
    score: str = ""
    """What the mean of scores is called where they are graded; empty: accuracy."""
    more: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """What further analyses found, by name; see `durometer.explain.analyses`."""


@dataclass(frozen=True)
class Change:
    """One condition in a baseline record and in another, paired by sample.

    Attributes:
        baseline, other: Accuracy in each.
        difference: Other minus baseline; 0.02 = two points better.
        drop_difference: Drop in the other minus drop in the baseline; positive = breaks more.
        lost, gained: Right in the baseline and wrong in the other, and the reverse.
    """

    model: str
    condition: str
    title: str
    baseline: Estimate
    other: Estimate
    difference: Estimate
    drop_difference: Estimate
    lost: int
    gained: int
    p: float
    p_adjusted: float
    verdict: Verdict


@dataclass(frozen=True)
class Comparison:
    """Records of the same samples held against the first of them."""

    baseline: str
    others: tuple[str, ...]
    headline: str
    changes: Mapping[str, tuple[Change, ...]]
    samples: int
    left_out: tuple[NotMeasured, ...]
    method: Mapping[str, Json]
