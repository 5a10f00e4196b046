"""The eleven edits of ImageNet-E: what they are called, and which folder of the published files is which."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """One column of the benchmark's table.

    Attributes:
        key: How records and files name it.
        short: The heading of its column.
        title: What a person reads elsewhere.
        folders: Names of the folder that holds it, lower case; the first is in use, the others are guesses.
    """

    key: str
    short: str
    title: str
    folders: tuple[str, ...]


EDITS = (
    Edit("inver", "Inver", "nothing changed", ("rec", "inver", "inversion", "reconstruction")),
    Edit(
        "plain-background", "λ = −20", "background plainer",
        ("20_smooth", "-20", "lambda_-20", "lambda-20", "bg_-20", "smooth"),
    ),
    Edit(
        "busy-background", "λ = 20", "background busier",
        ("20_hard", "20", "lambda_20", "lambda20", "bg_20", "hard"),
    ),
    Edit(
        "adversarial-background", "λ = 20-adv", "background adversarial",
        ("20_adv", "20-adv", "lambda_20_adv", "lambda20_adv", "adv"),
    ),
    Edit(
        "random-background", "Random", "background random",
        ("random_bg", "random-bg", "randombg", "random_background", "random"),
    ),
    Edit("full-size", "Full", "size, largest", ("full", "full_size", "size_full", "max")),
    Edit("size-0.1", "0.1", "size, 10 %", ("01", "0.1", "0.10", "size_0.1", "size-0.1")),
    Edit("size-0.08", "0.08", "size, 8 %", ("008", "0.08", "size_0.08", "size-0.08")),
    Edit("size-0.05", "0.05", "size, 5 %", ("005", "0.05", "size_0.05", "size-0.05")),
    Edit("random-position", "rp", "position, random", ("rp", "random_position", "position")),
    Edit("random-direction", "rd", "direction, random", ("rd", "random_direction", "direction")),
)  # fmt: skip
"""In the order of the table. The first of each folder's names is what public evaluation code reads."""

ORIGINALS = ("ori", "original", "originals", "orig", "source", "clean")
"""Names of the folder of unedited images, lower case, the likeliest first."""

CONTROL = "inver"
"""The edit that changes nothing; it is in the table and not in the average."""

TITLES = {edit.key: edit.title for edit in EDITS}
SHORT = {edit.key: edit.short for edit in EDITS}
AVERAGED = tuple(edit.key for edit in EDITS if edit.key != CONTROL)
"""The ten edits of the average."""


def edit_of(folder: str) -> str:
    """Return the key of the edit that a folder holds by its name, or nothing."""
    return next((edit.key for edit in EDITS if folder.lower() in edit.folders), "")
