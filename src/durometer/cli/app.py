"""The commands by name. Each lives in its own file and is imported when it is called."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    name="durometer",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="""Measure how hard a neural network is to break: edit what it sees, count what is lost,
    see what broke and why.

    To start:  durometer run

    Your own:  durometer run --model M.onnx --data IMAGES --masks MASKS""",
)


def _version(wanted: bool) -> None:
    if wanted:
        import durometer

        typer.echo(f"durometer {durometer.__version__}")
        raise typer.Exit


@app.callback()
def durometer_(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""


def _add() -> None:
    from durometer.cli import attack, compare, corrupt, edit, ls, mask, report, run, show, validate

    helpful = (edit.edit, corrupt.corrupt, attack.attack, mask.mask)
    for command in (
        run.run, edit.edit, corrupt.corrupt, attack.attack, mask.mask, report.report, compare.compare, ls.ls,
        show.show, validate.validate,
    ):  # fmt: skip
        app.command(no_args_is_help=command in helpful)(command)


_add()
