"""Options that `run` and `validate` share, and the plan they make."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from durometer.run import Plan

DATA = "Data"
MODEL = "Model"
CONDITIONS = "Conditions"
RUNNING = "Running"

PlanFile = Annotated[
    Path | None, typer.Argument(help="A plan (TOML). Options override what it says.", metavar="[PLAN]")
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m", rich_help_panel=MODEL, metavar="MODEL",
        help="A file (.onnx, .onnx.gz, .pt2), a name (scenes/cnn, timm:…, hf:…) or package.module:factory. "
        "Repeat for several.",
    ),
]  # fmt: skip
Input = Annotated[
    str | None,
    typer.Option(
        "--input", rich_help_panel=MODEL, metavar="size=,crop=,mean=,std=,…",
        help="How the model wants its pixels; kept beside the model so that it is said once.",
    ),
]  # fmt: skip
Output = Annotated[
    str | None, typer.Option("--output", rich_help_panel=MODEL, metavar="auto|logits|probabilities",
                             help="What the model returns."),
]  # fmt: skip
TrustCode = Annotated[
    bool, typer.Option("--trust-code", rich_help_panel=MODEL, help="Allow files that run code when loaded.")
]
Download = Annotated[
    bool, typer.Option("--download", rich_help_panel=MODEL, help="Allow downloads from a model or data hub.")
]
Data = Annotated[
    str | None,
    typer.Option(
        "--data", "-d", rich_help_panel=DATA, metavar="DATA",
        help="A folder of class folders, a folder with a CSV of labels, an .npz, or scenes:same, digits.",
    ),
]  # fmt: skip
Masks = Annotated[
    str | None,
    typer.Option("--masks", rich_help_panel=DATA, metavar="MASKS",
                 help="A folder of masks with the images' stems, a COCO JSON file, or 'alpha'."),
]  # fmt: skip
MaskThreshold = Annotated[
    str | None,
    typer.Option(
        "--mask-threshold",
        rich_help_panel=DATA,
        metavar="SHARE|soft",
        help="Share of white above which a mask is object; soft keeps it as it is.",
    ),
]
Labels = Annotated[
    str | None, typer.Option("--labels", rich_help_panel=DATA, metavar="MAP",
                             help="A CSV, JSON or TOML file from the data's labels to the model's."),
]  # fmt: skip
LabelColumn = Annotated[
    str | None,
    typer.Option("--label-column", rich_help_panel=DATA, help="The CSV column that holds the label."),
]
Split = Annotated[
    str | None, typer.Option("--split", rich_help_panel=DATA, help="Which split: test, val or train.")
]
Among = Annotated[
    str | None, typer.Option("--among", rich_help_panel=DATA, metavar="all|present",
                             help="Which classes compete: all outputs, or those present in the data."),
]  # fmt: skip
Limit = Annotated[
    int | None,
    typer.Option("--limit", "-n", rich_help_panel=DATA, help="Take so many samples, drawn over all."),
]
Shard = Annotated[
    str | None, typer.Option("--shard", rich_help_panel=DATA, help="Take one part, such as 1/4.")
]
MaxUnread = Annotated[
    float | None,
    typer.Option("--max-unread", rich_help_panel=DATA, help="Stop when more than this share can't be read."),
]
Suites = Annotated[
    list[str] | None,
    typer.Option(
        "--suite", "-s", rich_help_panel=CONDITIONS, help="A suite by name; see durometer ls suites."
    ),
]
Conditions = Annotated[
    list[str] | None,
    typer.Option(
        "--condition", "-c", rich_help_panel=CONDITIONS, metavar="NAME(KEY=VALUE,…)",
        help="One condition, such as 'size(share=0.05)'. Repeat for several.",
    ),
]  # fmt: skip
Together = Annotated[
    list[str] | None,
    typer.Option(
        "--together", rich_help_panel=CONDITIONS, metavar="EDIT+EDIT",
        help="Every combination of some edits: 'size(share=0.05) + random-background'.",
    ),
]  # fmt: skip
Draws = Annotated[
    int | None,
    typer.Option("--draws", rich_help_panel=CONDITIONS, help="Repeat each --condition with other dice."),
]
Donors = Annotated[
    str | None,
    typer.Option(
        "--donors", rich_help_panel=CONDITIONS, help="A folder of backgrounds instead of the data's own."
    ),
]
Seed = Annotated[int | None, typer.Option("--seed", rich_help_panel=CONDITIONS, help="Seed of all dice.")]
CanvasSide = Annotated[
    int | None,
    typer.Option("--canvas", rich_help_panel=CONDITIONS, help="Short side of the canvas in pixels."),
]
BatchSize = Annotated[
    int | None,
    typer.Option("--batch-size", rich_help_panel=RUNNING, help="The one batch size of model calls."),
]
Workers = Annotated[
    int, typer.Option("--workers", "-w", rich_help_panel=RUNNING, help="Threads that read and edit.")
]
Device = Annotated[str, typer.Option("--device", rich_help_panel=RUNNING, help="cpu, cuda, cuda:1, mps.")]
Threads = Annotated[
    int | None, typer.Option("--threads", rich_help_panel=RUNNING, help="Threads inside one operation.")
]
Title = Annotated[str | None, typer.Option("--title", rich_help_panel=RUNNING, help="Title of the report.")]


def make_plan(file: Path | None, given: dict[str, Any]) -> tuple[Plan, tuple[str, ...]]:
    """Return the plan of a file and options, and the suites it names. Options override the file."""
    from durometer.run import Plan
    from durometer.run.toml import read_file

    plan, suites = read_file(file) if file else (Plan(models=()), ())
    if file is None and not given.get("model") and not given.get("data"):
        return _embedded(given)
    plan = _with_models(plan, given)
    plan = plan.but(
        data=_override(plan.data, given, "data"),
        conditions=(*plan.conditions, *conditions_of(given)),
        designs=(*plan.designs, *designs_of(given)),
    )
    return _with_settings(plan, given), tuple(given.get("suite") or suites)


def _embedded(given: dict[str, Any]) -> tuple[Plan, tuple[str, ...]]:
    """The main job without arguments: an ordinary classifier on generated scenes with exact masks."""
    from durometer.run import DataPlan, Plan

    plan = _with_models(Plan(models=(), data=DataPlan("scenes:same")), {**given, "model": ["scenes/cnn"]})
    plan = plan.but(
        data=_override(plan.data, given, "data"),
        conditions=conditions_of(given),
        designs=designs_of(given),
    )
    return _with_settings(plan, given), tuple(given.get("suite") or ())


def _with_models(plan: Plan, given: dict[str, Any]) -> Plan:
    from durometer.core.params import build
    from durometer.run import ModelPlan

    shared = {k: given[k] for k in ("input", "output") if given.get(k) is not None}
    if given.get("model"):
        made = tuple(build(ModelPlan, {"source": m, **shared}, where="the options") for m in given["model"])
        return plan.but(models=made)
    if shared:
        from dataclasses import replace

        return plan.but(models=tuple(replace(m, **shared) for m in plan.models))
    return plan


def _override(part: Any, given: dict[str, Any], name: str) -> Any:
    from dataclasses import fields

    from durometer.core.params import build

    old = {f.name: getattr(part, f.name) for f in fields(part)}
    new = {k: given[k] for k in old if given.get(k) is not None}
    if given.get(name) is not None:
        new["source"] = given[name]
    return build(type(part), {**old, **new}, where="the options")


def conditions_of(given: dict[str, Any]) -> tuple[Any, ...]:
    """Return the plan's conditions that `--condition` names, each drawn `--draws` times."""
    from durometer.attack import ATTACKS
    from durometer.attack.searches import SEARCHES
    from durometer.core.recipe import one
    from durometer.run.toml import condition

    made = []
    for text in given.get("condition") or ():
        step = one(text, where="--condition")
        kind = "attack" if step.name in ATTACKS else "search" if step.name in SEARCHES else "stress"
        table = {kind: step.name, **step.named}
        if given.get("draws"):
            table.setdefault("draws", given["draws"])
        if kind == "attack":
            table |= _threat(step.name, table, where=f"--condition {text}")
        made.append(condition(table, where=f"--condition {text}"))
    return tuple(made)


def _threat(attack: str, table: dict[str, Any], *, where: str) -> dict[str, Any]:
    """Take norm and radius, which a plan writes as a threat, out of an attack's parameters."""
    from durometer.run.attacks import said_threat

    threat = said_threat(attack, table.pop("norm", None), table.pop("epsilon", None), where=where)
    return {} if threat is None else {"threat": threat}


def designs_of(given: dict[str, Any]) -> tuple[Any, ...]:
    """Return the 2^k designs that `--together` names, each drawn `--draws` times."""
    from durometer.core.recipe import parse, written
    from durometer.run.toml import design

    texts = given.get("together") or ()
    tables = [{"factors": [written(step) for step in parse(text, where="--together")]} for text in texts]
    more = {"draws": given["draws"]} if given.get("draws") else {}
    return tuple(
        design({**table, **more}, where=f"--together {text}")
        for text, table in zip(texts, tables, strict=True)
    )


def _with_settings(plan: Plan, given: dict[str, Any]) -> Plan:
    from dataclasses import replace

    from durometer.core.params import build
    from durometer.run import Plan

    names = ("seed", "batch_size", "title")
    wanted = {k: given[k] for k in names if given.get(k) is not None}
    checked = build(Plan, {"models": (), **wanted}, where="the options")
    plan = plan.but(**{k: getattr(checked, k) for k in wanted})
    if given.get("canvas") is not None:
        plan = plan.but(canvas=replace(plan.canvas, short_side=given["canvas"]))
    return plan
