"""A model of the plan with what its answers mean: the task is the card's, the labels are matched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from durometer.core import Dataset, Model, PlanError, Task
from durometer.core.errors import did_you_mean
from durometer.core.oracle import first_rows
from durometer.data.labels import LabelMatch, match_labels, read_label_map
from durometer.models.probe import probe
from durometer.run.plan import Plan
from durometer.tasks import Classification
from durometer.tasks.detection import Detection, InstanceSegmentation
from durometer.tasks.segmentation import SemanticSegmentation


@dataclass(frozen=True)
class Subject:
    """One model of the plan with what its answers mean."""

    name: str
    model: Model
    task: Task
    match: LabelMatch


def subjects(models: Sequence[tuple[str, Model]], dataset: Dataset, plan: Plan) -> tuple[Subject, ...]:
    """Return each model with its task.

    Raises:
        PlanError: no such task, or models of one plan that answer different ones.
        ModelError, DataError: a model that doesn't answer, or labels that don't meet.
    """
    tasks = {model.card.task for _, model in models}
    if len(tasks) > 1:
        raise PlanError(
            f"the models of this plan answer different tasks: {', '.join(sorted(tasks))}",
            fix="Run them one by one",
        )
    return tuple(subject(name, model, dataset, plan) for name, model in models)


def subject(name: str, model: Model, dataset: Dataset, plan: Plan) -> Subject:
    """Return one model with its task; see `subjects`."""
    known = model.card.task
    if known not in MADE:
        hint = did_you_mean(known, MADE).rstrip(".") or f"Tasks are {', '.join(MADE)}"
        raise PlanError(f"the model {name!r} answers an unknown task {known!r}", fix=hint)
    task, match = MADE[known](model, dataset, plan)
    return Subject(name, model, task, match)


Made = tuple[Task, LabelMatch]


def _classification(model: Model, dataset: Dataset, plan: Plan) -> Made:
    match = _matched(model, dataset, plan, probe(model, _canvas(plan)))
    among = tuple(sorted(set().union(*match.accepted))) if plan.data.among == "present" else None
    probabilities = model.card.output == "probabilities"
    return Classification(match.accepted, among=among, probabilities=probabilities), match


def _detection(model: Model, dataset: Dataset, plan: Plan) -> Made:
    match = _named(model, dataset, plan)
    return Detection(match.accepted), match


def _instances(model: Model, dataset: Dataset, plan: Plan) -> Made:
    match = _named(model, dataset, plan)
    return InstanceSegmentation(match.accepted), match


def _semantic(model: Model, dataset: Dataset, plan: Plan) -> Made:
    canvas = torch.full((1, *_canvas(plan)), 0.5)
    with torch.no_grad():
        output = first_rows(model(model.view(canvas)), 1, where=model.card.name)
    match = _matched(model, dataset, plan, int(output.shape[1]))
    return SemanticSegmentation(match.accepted), match


def _named(model: Model, dataset: Dataset, plan: Plan) -> LabelMatch:
    """Match by names; a detector that names no labels has the data's."""
    outputs = len(model.card.labels) or len(dataset.labels)
    return _matched(model, dataset, plan, outputs)


def _matched(model: Model, dataset: Dataset, plan: Plan, outputs: int) -> LabelMatch:
    mapping = read_label_map(plan.data.labels) if plan.data.labels else None
    return match_labels(dataset.labels, model.card.labels, mapping=mapping, n_outputs=outputs)


def _canvas(plan: Plan) -> tuple[int, int, int]:
    return 3, plan.canvas.short_side, plan.canvas.short_side


MADE: Mapping[str, Callable[[Model, Dataset, Plan], Made]] = {
    "classification": _classification,
    "detection": _detection,
    "instance-segmentation": _instances,
    "semantic-segmentation": _semantic,
}
"""Task of a card -> what makes it. Add one here and in `durometer.tasks`."""
