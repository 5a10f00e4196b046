"""The plan: what to run, as plain frozen data, the same in Python and in TOML."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

from durometer.core import Json, Param, Stressor, canonical_json
from durometer.core.params import values

SCHEMA = 1


@dataclass(frozen=True)
class DataPlan:
    """Which samples, where their masks are, and how their labels meet the models."""

    source: Annotated[Any, Param("a folder, a file, an embedded name such as scenes:same, or a Dataset")] = (
        "scenes"
    )
    masks: Annotated[str | None, Param("a folder of masks, a COCO JSON file, or 'alpha'")] = None
    mask_threshold: Annotated[
        float | Literal["soft"] | None,
        Param("share of white above which a mask is object; 'soft' keeps it as it is", low=0, high=1),
    ] = None
    labels: Annotated[str | None, Param("a CSV, JSON or TOML file from the data's labels to the model's")] = (
        None
    )
    label_column: Annotated[str | None, Param("the column of the CSV that holds the label")] = None
    split: Annotated[str | None, Param("which split, where the data has several")] = None
    among: Annotated[
        Literal["all", "present"], Param("which classes compete: all outputs or those present")
    ] = "all"
    limit: Annotated[int | None, Param("take this many samples, drawn over the whole data set", low=1)] = None
    shard: Annotated[str | None, Param("take one part of the samples, such as '1/4'")] = None
    donors: Annotated[str | None, Param("a folder of backgrounds instead of the data's own")] = None
    max_unread: Annotated[float, Param("stop when more than this share can't be read", low=0, high=1)] = 0.05


@dataclass(frozen=True)
class ModelPlan:
    """One model: where it is and how it wants its input."""

    source: Annotated[
        Any, Param("a file, a name such as scenes/cnn, package.module:factory, or a Python object")
    ]
    name: Annotated[str | None, Param("a short name for tables; the file's stem by default")] = None
    input: Annotated[str | None, Param("size=224,crop=0.875,… as --input on the command line")] = None
    output: Annotated[Literal["auto", "logits", "probabilities"], Param("what a call returns")] = "auto"
    task: Annotated[
        str | None, Param("what a model without a card answers: classification by default, detection, …")
    ] = None
    oracle: Annotated[
        bool, Param("a stronger model that says which changed samples still show their class")
    ] = False


@dataclass(frozen=True)
class ConditionPlan:
    """One condition: a stressor, an attack or a search by name, its parameters, and how often it is drawn."""

    kind: Literal["stress", "attack", "search"]
    name: str
    params: Mapping[str, Json] = field(default_factory=dict)
    draws: Annotated[int, Param("repetitions with other dice", low=1, high=1000)] = 1
    threat: Mapping[str, Json] | None = None
    donors: Annotated[str | None, Param("a folder of backgrounds instead of the data's own")] = None
    required: bool = True
    """False inside a suite: if it can't be met it is skipped, counted and explained."""
    where: str = ""
    """For errors: the line of the plan or the option that named it."""
    made: Stressor | None = None
    """A stressor that exists already, in a plan written in Python; `name` is its name."""

    @classmethod
    def of(cls, stressor: Stressor, **options: Any) -> ConditionPlan:
        """Return the condition of a stressor made in Python, registered or not."""
        return cls("stress", stressor.name, params=values(stressor), made=stressor, **options)


@dataclass(frozen=True)
class DesignPlan:
    """A 2^k design: edits that are applied in every combination, to find what they only do together."""

    factors: Annotated[tuple[str, ...], Param("two to five edits, such as 'size(share=0.05)', in order")]
    draws: Annotated[int, Param("repetitions with other dice", low=1, high=1000)] = 1
    donors: Annotated[str | None, Param("a folder of backgrounds instead of the data's own")] = None
    required: bool = True
    """False inside a suite: if it can't be met it is skipped, counted and explained."""
    where: str = ""
    """For errors: the line of the plan or the option that named it."""


@dataclass(frozen=True)
class CanvasPlan:
    """The size at which edits work."""

    short_side: Annotated[int, Param("short side; smaller images are never enlarged", "pixels", low=8)] = 256
    fit: Annotated[Literal["keep", "squash", "center-crop"], Param("keep the aspect, squash it or crop")] = (
        "keep"
    )


@dataclass(frozen=True)
class Plan:
    """Models x data x conditions, and the settings that can change an answer."""

    models: tuple[ModelPlan, ...]
    data: DataPlan = field(default_factory=DataPlan)
    conditions: tuple[ConditionPlan, ...] = ()
    designs: tuple[DesignPlan, ...] = ()
    canvas: CanvasPlan = field(default_factory=CanvasPlan)
    seed: int = 0
    batch_size: Annotated[int, Param("every model is called at this one batch size", low=1, high=65536)] = 32
    segment: Annotated[int, Param("samples that are written to disk together", low=1)] = 128
    bank_size: Annotated[int, Param("backgrounds held in memory as donors", low=2)] = 64
    title: str = ""

    def but(self, **changes: Any) -> Plan:
        """Return a copy with some fields replaced."""
        return replace(self, **changes)


def as_json(plan: Plan) -> dict[str, Json]:
    """Return the plan as plain JSON; a Python object among its sources appears as `python:Name`."""
    return {
        "schema": SCHEMA,
        "title": plan.title,
        "seed": plan.seed,
        "batch_size": plan.batch_size,
        "segment": plan.segment,
        "bank_size": plan.bank_size,
        "data": _named(values(plan.data)),
        "canvas": values(plan.canvas),
        "models": [_named(values(model)) for model in plan.models],
        "conditions": [_condition(c) for c in plan.conditions],
        **({"designs": [_design(d) for d in plan.designs]} if plan.designs else {}),
    }


def _named(table: dict[str, Json]) -> dict[str, Json]:
    source = table["source"]
    if not isinstance(source, str):
        table["source"] = f"python:{getattr(source, 'name', type(source).__name__)}"
    return {k: v for k, v in table.items() if v is not None}


def _condition(c: ConditionPlan) -> dict[str, Json]:
    table: dict[str, Json] = {c.kind: f"python:{c.name}" if c.made else c.name, **c.params}
    if c.draws != 1:
        table["draws"] = c.draws
    if c.threat:
        table["threat"] = dict(c.threat)
    if c.donors:
        table["donors"] = c.donors
    if not c.required:
        table["required"] = False
    return table


def _design(d: DesignPlan) -> dict[str, Json]:
    shown = {"factors": list(d.factors), "draws": d.draws, "donors": d.donors, "required": d.required}
    usual = {"draws": 1, "donors": None, "required": True}
    return {k: v for k, v in shown.items() if k not in usual or v != usual[k]}


def digest(plan: Plan, models: Sequence[str], data: str) -> str:
    """Return the digest of a plan with the digests of what it names: equal digests may share a record."""
    parts = {**as_json(plan), "model_digests": list(models), "data_digest": data}
    parts.pop("title")
    return hashlib.sha256(canonical_json(parts).encode()).hexdigest()
