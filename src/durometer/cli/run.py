"""`durometer run`: the main job."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from durometer.cli import options as o

if TYPE_CHECKING:
    from durometer.run import Prepared

Out = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", rich_help_panel=o.RUNNING, help="Folder of the record and report; made if absent."
    ),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", rich_help_panel=o.RUNNING, help="Start again although there is a record.")
]
AsJson = Annotated[
    bool, typer.Option("--json", rich_help_panel=o.RUNNING, help="Print the findings as JSON.")
]


def run(
    plan: o.PlanFile = None, model: o.Models = None, data: o.Data = None, masks: o.Masks = None,
    labels: o.Labels = None, among: o.Among = None, input_: o.Input = None, output: o.Output = None,
    suite: o.Suites = None, condition: o.Conditions = None, together: o.Together = None,
    draws: o.Draws = None, donors: o.Donors = None, limit: o.Limit = None,
    out: Out = None, workers: o.Workers = 1, device: o.Device = "cpu", threads: o.Threads = None,
    seed: o.Seed = None, canvas: o.CanvasSide = None, batch_size: o.BatchSize = None,
    mask_threshold: o.MaskThreshold = None, label_column: o.LabelColumn = None, shard: o.Shard = None,
    split: o.Split = None,
    max_unread: o.MaxUnread = None, title: o.Title = None, fresh: Fresh = False,
    trust_code: o.TrustCode = False, download: o.Download = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Measure what breaks a classifier, and write one report with pictures.

    Running the same command again resumes a run that was stopped. Without arguments: an embedded example.

    Examples:

      durometer run

      durometer run --model M.onnx --data IMAGES --masks MASKS

      durometer run -m M.onnx -d IMAGES -c 'size(share=[0.1,0.05])' -c 'random-background()'

      durometer run plan.toml --limit 200 --out first-look
    """
    given = {**locals(), "input": input_}
    _go(plan, given)


def _go(file: Path | None, given: dict[str, Any]) -> None:
    from durometer.cli.progress import listener
    from durometer.run import Options, execute, prepare

    made, suites = o.make_plan(file, given)
    options = Options(
        workers=given["workers"], device=given["device"], threads=given["threads"],
        trust_code=given["trust_code"], download=given["download"],
        command=" ".join(["durometer", *map(shlex.quote, sys.argv[1:])]),
    )  # fmt: skip
    _set_threads(given["threads"])
    prepared = prepare(made, suites, options)
    out = given["out"] or default_folder(prepared)
    with listener() as progress:
        record = execute(prepared, out, options=options, listener=progress, fresh=given["fresh"])
    conclude(record, out, as_json=given["as_json"])


def conclude(record: Any, folder: Path, *, as_json: bool) -> None:
    """Write the report of a record beside it, then print what a person or a machine wants to read."""
    from durometer.cli.terminal import print_lines
    from durometer.explain import summarize
    from durometer.report import data, terminal, write

    summary = summarize(record)
    paths = write(summary, folder, artifact=record.artifact)
    if as_json:
        print(json.dumps(data(summary), ensure_ascii=False, allow_nan=False))
        return
    more = "durometer ls conditions, durometer show NAME; the rows are in the same folder"
    print_lines(
        lambda width, color: terminal(summary, width=width, color=color, path=paths["html"], more=more)
    )


def default_folder(prepared: Prepared) -> Path:
    """Return where a run goes when nobody says: the same plan always finds its own record again."""
    names = "-".join([*(s.name for s in prepared.subjects), Path(prepared.dataset.name).name])
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", names).strip("-.")[:60]
    return Path("durometer-runs") / f"{plain}-{prepared.digest[:8]}"


def _set_threads(threads: int | None) -> None:
    if threads:
        import torch

        torch.set_num_threads(threads)
