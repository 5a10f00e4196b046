"""`durometer mask`: masks for pictures that have none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from durometer.models.segmenters import Segmenter

SHOWN = 5
"""Failures that are named; the file in the folder names all."""


def mask(
    images: Annotated[Path, typer.Argument(help="A folder of pictures, or one picture.")],
    out: Annotated[Path, typer.Argument(help="Folder for the masks.")],
    method: Annotated[
        str,
        typer.Option(
            "--method",
            "-m",
            metavar="NAME(KEY=VALUE,…)",
            help="grabcut, saliency, predict-refine, torch, transformers or sam; durometer show tells more.",
        ),
    ] = "grabcut",
    box: Annotated[
        Path | None,
        typer.Option("--box", help="CSV (file,left,top,right,bottom) or JSON of boxes in pixels."),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights", help="Parameters of the network: a file, a folder or package.module:factory."
        ),
    ] = None,
    truth: Annotated[
        Path | None, typer.Option("--truth", help="A folder of true masks to compare with.")
    ] = None,
    size: Annotated[int, typer.Option("--size", min=16, help="Short side at which the method looks.")] = 256,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="Take so many pictures, drawn over all.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Make masks again that are there.")] = False,
    soft: Annotated[
        bool, typer.Option("--soft", help="Write shares (read them with --mask-threshold soft).")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Draws --limit and the interval.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Make a mask for each picture: OUT gets PNG files of the same names, and how they were made.

    Examples:

      durometer mask photos masks

      durometer mask photos masks --box boxes.csv --truth drawn-by-hand
    """  # fmt: skip
    from durometer.cli.progress import listener
    from durometer.core import IncompleteError
    from durometer.run.boxes import read_boxes
    from durometer.run.masking import Masking, make_masks

    boxes = read_boxes(box) if box else {}
    job = Masking(
        images=images, out=out, segmenter=segmenter(method, weights), boxes=boxes, truth=truth,
        short_side=size, limit=limit, overwrite=overwrite, soft=soft, seed=seed,
    )  # fmt: skip
    with listener() as tell:
        said = make_masks(job, tell)
    figures = said["summary"]
    print(json.dumps(figures) if as_json else "\n".join(told(figures, said, job.out)))
    if not figures["masks"] and not figures["kept"]:
        raise IncompleteError("not one mask could be made", where=str(images))


def segmenter(method: str, weights: str | None) -> Segmenter:
    """Return the method that a text such as `grabcut(gamma=50)` names, with its parameters of a network.

    Raises:
        UsageError, PlanError: if there is no such method or parameter.
    """
    from durometer.core import UsageError
    from durometer.core.params import parameters
    from durometer.core.recipe import one
    from durometer.models.segmenters import SEGMENTERS

    step = one(method, where="--method")
    kind = SEGMENTERS.get(step.name, where="--method")
    if weights is not None and "weights" not in {p.name for p in parameters(kind)}:
        raise UsageError(f"{step.name} has no weights", where="--weights", fix="Leave the option out")
    given = step.named if weights is None else {**step.named, "weights": weights}
    return SEGMENTERS.make(step.name, given, where=f"--method {step.name}")


def told(figures: dict[str, Any], said: dict[str, Any], out: Path) -> list[str]:
    """Return what a person is told: how many, how sure, how good, what failed and what comes next."""
    kept = f", {figures['kept']} that were there before left as they are" if figures["kept"] else ""
    failed = f", {figures['failed']} failed" if figures["failed"] else ""
    lines = [f"{figures['masks']} masks in {out}{kept}{failed}"]
    if "median_confidence" in figures:
        lines[0] += f"; median confidence {figures['median_confidence']:.2f}"
    if "iou" in figures:
        e = figures["iou"]
        span = f"{e['median']:.2f} ({e['low']:.2f} to {e['high']:.2f})"
        lines.append(f"IoU with the true masks: median {span}, n = {e['n']}")
    if figures["unscored"]:
        lines.append(f"{figures['unscored']} could not be compared with their true mask")
    reasons = list({**said["failed"], **said["unscored"]}.items())
    lines += [f"  {name}: {why.removeprefix(f'{name}: ')}" for name, why in reasons[:SHOWN]]
    if len(reasons) > SHOWN:
        lines.append(f"  … and {len(reasons) - SHOWN} more, see durometer-masks.json")
    return [*lines, f"Look at them, then: durometer run --data IMAGES --masks {out}"]
