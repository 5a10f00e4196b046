"""Level 7: the command line. Importing it costs no torch; each command imports what it needs."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    from durometer.cli.app import app
    from durometer.cli.shell import guarded

    sys.exit(guarded(app, list(sys.argv[1:] if arguments is None else arguments)))
