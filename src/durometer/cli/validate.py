"""`durometer validate`: would this plan run, and what would it do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from durometer.cli import options as o


def validate(
    plan: Annotated[Path, typer.Argument(help="A plan (TOML).")],
    device: o.Device = "cpu",
    trust_code: o.TrustCode = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what the plan resolves to as JSON.")] = False,
) -> None:
    """Check a plan as a whole, load what it names, and say what it would do; nothing is run.

    Example:

      durometer validate plan.toml
    """
    from durometer.run import Options, prepare
    from durometer.run.prepare import describe
    from durometer.run.toml import read_file

    made, suites = read_file(plan)
    prepared = prepare(made, suites, Options(device=device, trust_code=trust_code))
    if as_json:
        print(json.dumps(describe(prepared), ensure_ascii=False, allow_nan=False))
        return
    predictions = len(prepared.positions) * sum(c.draws for c in prepared.conditions) * len(prepared.subjects)
    print(f"{plan.name} holds together: {len(prepared.subjects)} models, {len(prepared.positions)} samples,")
    print(f"{len(prepared.conditions)} conditions, {predictions} predictions.")
    for condition in prepared.conditions:
        print(f"  {condition.role:10} {condition.title}")
    for skipped in prepared.skipped:
        print(f"  skipped    {skipped.what}: {skipped.why}. {skipped.fix}.")
    for guess in [*prepared.guesses, *(g for s in prepared.subjects for g in s.model.card.guesses)]:
        print(f"  guessed    {guess}")
