"""The shell around every command: one clear sentence and an exit code, never a traceback."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

INTERRUPTED = 130
BROKEN_PIPE = 0


def guarded(app: typer.Typer, arguments: list[str]) -> int:
    """Run a command and turn what it raises into a sentence on stderr and an exit code."""
    import typer

    try:
        result = app(arguments, standalone_mode=False, prog_name="durometer")
        code = result if isinstance(result, int) else 0
        return _interrupted() if code == INTERRUPTED else code
    except (typer.Abort, KeyboardInterrupt):
        return _interrupted()
    except BrokenPipeError:  # `durometer … | head` is no fault
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        return _explained(error)


def _interrupted() -> int:
    print("Interrupted. What was computed is kept; run the same command again to go on.", file=sys.stderr)
    return INTERRUPTED


def _explained(error: Exception) -> int:
    if hasattr(error, "format_message"):  # click's own, which typer may bring under another name
        hint = "See durometer --help, or --help after a command."
        print(f"Error: {error.format_message().rstrip('.')}. {hint}", file=sys.stderr)
        return 2
    from durometer.core.errors import DurometerError

    if isinstance(error, DurometerError):
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else ""
        print(f"Error: {name}{error.strerror or error}.", file=sys.stderr)
        return 3
    if isinstance(error, MemoryError):
        print("Error: out of memory. Lower --batch-size or --canvas.", file=sys.stderr)
        return 3
    if os.environ.get("DUROMETER_DEBUG"):
        raise error
    print(
        f"Error: durometer met something it did not foresee: {type(error).__name__}: {error}. "
        "This is a fault of durometer or of an extension; DUROMETER_DEBUG=1 shows where.",
        file=sys.stderr,
    )
    return 70
