"""Printing for people: width, color and encoding of the terminal at hand."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable

Lines = Callable[[int, bool], str]


def print_lines(make: Lines) -> None:
    """Print a text made for this terminal's width; color only on a terminal and unless NO_COLOR is set."""
    width = shutil.get_terminal_size((100, 24)).columns
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    text = make(width, color)
    encoding = sys.stdout.encoding or "ascii"
    print(text.encode(encoding, "replace").decode(encoding))
