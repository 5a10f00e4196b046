"""Everything a run needs, loaded and checked as a whole before the first prediction."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from durometer.core import Bank, Dataset, Model, PlanError, canonical_json, order_key
from durometer.core.params import build, values
from durometer.data import open_data
from durometer.data.canvas import Canvas
from durometer.data.maite import adopt
from durometer.models import load_model
from durometer.run import suites
from durometer.run.conditions import CANVAS, ORIGINAL, Condition, expand, make, with_controls
from durometer.run.designs import Design, lay_out, met
from durometer.run.donors import banks
from durometer.run.meet import Skipped, meet
from durometer.run.plan import CanvasPlan, ConditionPlan, Plan, as_json, digest
from durometer.run.premade import conditions_from, variants_of
from durometer.run.subjects import Subject, subjects

DEFAULT_SUITES = ("attributes", "shifts")


@dataclass(frozen=True)
class Options:
    """How to run, as far as it can't change an answer, and what is allowed."""

    workers: int = 1
    device: str = "cpu"
    threads: int | None = None
    trust_code: bool = False
    download: bool = False
    command: str = ""


@dataclass(frozen=True)
class Prepared:
    """A plan that can be met."""

    plan: Plan
    dataset: Dataset
    positions: Sequence[int]
    subjects: tuple[Subject, ...]
    conditions: tuple[Condition, ...]
    designs: tuple[Design, ...]
    skipped: tuple[Skipped, ...]
    guesses: tuple[str, ...]
    canvas: Canvas
    banks: Mapping[str, Bank]
    digest: str

    @property
    def stressed(self) -> tuple[Condition, ...]:
        """The conditions made by stressors."""
        return tuple(c for c in self.conditions if c.stressor)

    @property
    def attacked(self) -> tuple[Condition, ...]:
        """The conditions made by attacks."""
        return tuple(c for c in self.conditions if c.attack)


def prepare(plan: Plan, named_suites: Sequence[str], options: Options) -> Prepared:
    """Load models and data, make every condition, and refuse what can't be met.

    Raises:
        PlanError, DataError, ModelError: the first thing that can't be met, in words.
    """
    dataset = _open(plan, options)
    plan = _with_suites(plan, named_suites, dataset)
    models = _load_models(plan, options)
    asked = subjects(models, dataset, plan)
    planned = [e for c in plan.conditions for e in expand(c)]
    laid = [lay_out(d, plan.data.donors) for d in plan.designs]
    wanted = [(e, make(e)) for e in (_with_donors(e, plan.data.donors) for e in planned)]
    wanted += [cell for design in laid for cell in design.cells.values()]
    canvas = Canvas(short_side=plan.canvas.short_side, fit=plan.canvas.fit)
    donors = banks((c for _, c in wanted), dataset, canvas, seed=plan.seed, size=plan.bank_size)
    conditions, skipped = _conditions(wanted, dataset, asked, donors)
    positions = choose(dataset, plan.data.limit, plan.data.shard, plan.seed)
    guesses = tuple(getattr(dataset, "guesses", ()))
    of_models = [_model_digest(s.model) for s in asked]
    return Prepared(
        plan, dataset, positions, asked, conditions, met(laid, conditions), skipped, guesses, canvas,
        donors, digest(plan, of_models, _data_digest(dataset, positions, donors)),
    )  # fmt: skip


def _with_suites(plan: Plan, names: Sequence[str], dataset: Dataset) -> Plan:
    """Add the suites' conditions, and the canvas that one fixes; with nothing named, the data's own suite."""
    own = str(getattr(dataset, "suite", ""))
    usual = (own,) if own else DEFAULT_SUITES
    wanted = names or (() if plan.conditions or plan.designs else usual)
    chosen = [suites.load_for(name, own) for name in wanted]
    made = [suite for suite in chosen if not (suite.premade and variants_of(dataset))]
    brought = tuple(c for suite in made for c in suite.conditions)
    brought += conditions_from(dataset) if len(made) < len(chosen) else ()
    designs = tuple(d for suite in made for d in suite.designs)
    fixed = {suite.key: suite.canvas for suite in chosen if suite.canvas is not None}
    if len({canonical_json(canvas) for canvas in fixed.values()}) > 1:
        raise PlanError(f"the suites {' and '.join(fixed)} fix different canvases", fix="Run them one by one")
    canvas = plan.canvas
    for key, table in fixed.items():
        canvas = build(CanvasPlan, table, where=f"suite {key}")
    return replace(
        plan,
        conditions=(*plan.conditions, *brought),
        designs=(*plan.designs, *designs),
        canvas=canvas,
    )


def _with_donors(condition: ConditionPlan, folder: str | None) -> ConditionPlan:
    """Let a condition that takes donors draw from the plan's folder unless it names its own."""
    if not folder or condition.donors or condition.kind == "attack":
        return condition
    return replace(condition, donors=folder) if "donor" in make(condition).needs else condition


def _open(plan: Plan, options: Options) -> Dataset:
    if not isinstance(plan.data.source, str):
        return adopt(plan.data.source, mask_threshold=plan.data.mask_threshold)
    return open_data(
        plan.data.source,
        masks=plan.data.masks,
        mask_threshold=plan.data.mask_threshold,
        label_column=plan.data.label_column,
        split=plan.data.split,
        download=options.download,
    )


def _load_models(plan: Plan, options: Options) -> list[tuple[str, Model]]:
    if not plan.models:
        raise PlanError("a plan needs at least one model", fix="Give --model, or [[models]] in the plan")
    loaded = []
    for m in plan.models:
        model = load_model(
            m.source, name=m.name, input=m.input, output=m.output, trust_code=options.trust_code,
            download=options.download, device=options.device, threads=options.threads, task=m.task,
        )  # fmt: skip
        loaded.append((m.name or model.card.name, model))
    names = [name for name, _ in loaded]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise PlanError(f"two models have the name {twice!r}", fix="Give each [[models]] its own name")
    return loaded


def _model_digest(model: Model) -> str:
    """What tells a model from another: what was loaded, and how its input and output are taken."""
    card = model.card
    return f"{card.digest} {canonical_json(values(card.input))} {card.output}"


def _conditions(
    wanted: Sequence[tuple[ConditionPlan, Condition]],
    dataset: Dataset,
    subjects: Sequence[Subject],
    donors: Mapping[str, Bank],
) -> tuple[tuple[Condition, ...], tuple[Skipped, ...]]:
    masks = int(getattr(dataset, "mask_count", 0))
    traits = {s.name: frozenset(map(str, s.model.card.traits)) for s in subjects}
    kept, skipped = meet(
        wanted, masks=masks, banks=frozenset(donors), models=traits, variants=variants_of(dataset),
        task=subjects[0].task.name,
    )  # fmt: skip
    if not kept:
        raise PlanError(
            "no condition of this plan can be met", fix=skipped[0].fix if skipped else "Add conditions"
        )
    return (ORIGINAL, CANVAS, *with_controls(kept)), skipped


def choose(dataset: Dataset, limit: int | None, shard: str | None, seed: int) -> Sequence[int]:
    """Return the positions to run, ascending: a subset drawn over the whole data, then one shard of it."""
    positions: Sequence[int] = range(len(dataset))
    if limit is not None and limit < len(dataset):
        ids = dataset.ids()
        positions = sorted(heapq.nsmallest(limit, positions, key=lambda i: order_key(seed, ids[i], "limit")))
    if shard is not None:
        part, _, parts = shard.partition("/")
        if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
            raise PlanError(
                f"shard = {shard!r} is not of the form 1/4", fix="Write the part and the number of parts"
            )
        positions = positions[int(part) - 1 :: int(parts)]
    return positions


def _data_digest(dataset: Dataset, positions: Sequence[int], donors: Mapping[str, Bank]) -> str:
    """Hash which samples are meant and the donors' pixels; the samples' are hashed while they are read."""
    digest = hashlib.sha256(dataset.name.encode())
    ids = dataset.ids()
    for i in positions:
        digest.update(ids[i].encode("utf-8", "surrogateescape") + b"\0")
    for folder in sorted(donors):
        digest.update(donors[folder].digest.encode())
    return digest.hexdigest()


def describe(prepared: Prepared) -> dict[str, object]:
    """Return the plan as JSON with what it resolved to, for `durometer validate --json`."""
    return {
        "plan": as_json(prepared.plan),
        "samples": len(prepared.positions),
        "conditions": [c.json() for c in prepared.conditions],
        "skipped": [s.json() for s in prepared.skipped],
        "digest": prepared.digest,
        "torch": torch.__version__,
    }
