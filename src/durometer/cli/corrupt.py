"""`durometer corrupt`: a corrupted copy of a folder of pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from durometer.core import Stressor
    from durometer.run.corrupting import Copied, Corrupting

SHOWN = 5
"""Failures that are named."""


def corrupt(
    images: Annotated[Path, typer.Argument(help="A folder of pictures, or one picture.")],
    out: Annotated[Path, typer.Argument(help="Folder for the copy.")],
    corruption: Annotated[
        list[str] | None, typer.Option("--corruption", "-c", help="A corruption, such as snow. Repeat.")
    ] = None,
    severity: Annotated[
        list[int] | None, typer.Option("--severity", help="1 to 5; all of them if not given. Repeat.")
    ] = None,
    suite: Annotated[
        list[str] | None,
        typer.Option("--suite", "-s", help="All corruptions of a suite, such as imagenet-c."),
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", help="Whose constants: imagenet-c, cifar-c, scaled, …")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            "--size", min=1, help="Scale the short side to so many pixels and keep the middle first."
        ),
    ] = None,
    picture_format: Annotated[str, typer.Option("--format", help="png or jpeg.")] = "png",
    quality: Annotated[int, typer.Option("--quality", min=1, max=100, help="Of JPEG files.")] = 85,
    clean: Annotated[bool, typer.Option("--clean/--no-clean", help="Write the uncorrupted too.")] = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Make again what is there.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the dice.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Write a corrupted copy of a folder: OUT gets corruption/severity/…, and clean/… beside them.

    Examples:

      durometer corrupt photos worse --corruption snow --severity 3

      durometer corrupt photos photos-c --suite imagenet-c --size 224 --format jpeg
    """  # fmt: skip
    from durometer.cli.progress import listener
    from durometer.core import IncompleteError, UsageError
    from durometer.run.corrupting import ENDING, Corrupting, corrupt_folder

    if picture_format not in ENDING:
        raise UsageError(f"{picture_format!r} is no format", where="--format", fix="Write png or jpeg")
    wanted = wished(corruption or [], severity or [], suite or [], profile)
    job = Corrupting(
        images=images, out=out, corruptions=wanted, size=size, format=picture_format,  # type: ignore[arg-type]
        quality=quality, clean=clean, overwrite=overwrite, seed=seed,
    )  # fmt: skip
    with listener() as tell:
        done = corrupt_folder(job, tell)
    print(json.dumps(vars(done), ensure_ascii=False) if as_json else "\n".join(told(job, done)))
    if not done.made and not done.kept:
        raise IncompleteError("not one picture could be corrupted", where=str(images))


def wished(names: list[str], severities: list[int], suites: list[str], profile: str | None) -> list[Stressor]:
    """Return the corruptions that are asked for, those of suites first.

    Raises:
        UsageError, PlanError: if there is no such corruption, severity, profile or suite.
    """
    from durometer.core import UsageError
    from durometer.core.params import parameters
    from durometer.run import suites as shelf
    from durometer.run.conditions import expand
    from durometer.stress import STRESSORS

    plans = [
        one for suite in suites for c in shelf.load(suite, where="--suite").conditions for one in expand(c)
    ]
    asked = [(plan.name, dict(plan.params)) for plan in plans]
    asked += [(name, {"severity": s}) for name in names for s in severities or range(1, 6)]
    made = []
    for name, params in asked:
        more = {} if profile is None else {"profile": profile}
        thing = STRESSORS.get(name, where="--corruption")
        if thing.family != "corruptions" or not {"severity", "profile"} <= {
            p.name for p in parameters(thing)
        }:
            fix = "Use durometer edit, or durometer ls conditions to see the corruptions"
            raise UsageError(f"{name} is no corruption", where="--corruption or --suite", fix=fix)
        if severities and params.get("severity") not in severities:
            continue
        made.append(STRESSORS.make(name, {**params, **more}, where=f"corruption {name}"))
    return made


def told(job: Corrupting, done: Copied) -> list[str]:
    """Return what a person is told: how many, where, what failed and why."""
    kept = f", {done.kept} that were there before left as they are" if done.kept else ""
    lines = [f"{done.made} pictures in {job.out}{kept}"]
    for what, reasons in (("can't be copied", done.failed), ("can't be corrupted so", done.refused)):
        if reasons:
            lines.append(f"{len(reasons)} {what}:")
            lines += [
                f"  {name}: {why.removeprefix(f'{name}: ')}" for name, why in list(reasons.items())[:SHOWN]
            ]
        if len(reasons) > SHOWN:
            lines.append(f"  … and {len(reasons) - SHOWN} more")
    return lines
