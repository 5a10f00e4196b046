"""Files: each written beside its place and then moved there, so that a half-written report is never seen."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from durometer.core import UsageError, did_you_mean
from durometer.explain.findings import Comparison, Summary
from durometer.report import markdown, plain
from durometer.report.html import page
from durometer.report.pictures import Artifact

FORMATS = ("html", "md", "json")
Makers = Mapping[str, Callable[[], str]]


def write(
    summary: Summary, folder: Path | str, *, artifact: Artifact, formats: Sequence[str] = FORMATS
) -> dict[str, Path]:
    """Write the report of one record: `report.html`, `report.md`, `report.json`.

    Args:
        summary: What `explain.summarize` found.
        folder: Made if it is not there.
        artifact: Returns the bytes of a picture by name: `record.artifact`.
        formats: Some of `html`, `md`, `json`.

    Returns:
        The path of each format.

    Raises:
        UsageError: for an unknown format, or a folder that can't be written to.
    """
    makers = {
        "html": lambda: page.report(summary, artifact),
        "md": lambda: markdown.document(summary),
        "json": lambda: plain.text(plain.data(summary)),
    }
    return _write(makers, Path(folder), "report", formats)


def write_many(
    summaries: Sequence[Summary],
    folder: Path | str,
    *,
    artifacts: Sequence[Artifact],
    formats: Sequence[str] = FORMATS,
) -> dict[str, Path]:
    """Write one report of several records, one below the other; the JSON is an object with a list `records`.

    Raises:
        UsageError: for an unknown format, or a folder that can't be written to.
    """
    makers = {
        "html": lambda: page.many(summaries, artifacts),
        "md": lambda: "\n---\n\n".join(markdown.document(s) for s in summaries),
        "json": lambda: plain.text({"schema": plain.SCHEMA, "records": [plain.data(s) for s in summaries]}),
    }
    return _write(makers, Path(folder), "report", formats)


def write_comparison(
    comparison: Comparison, folder: Path | str, *, formats: Sequence[str] = FORMATS
) -> dict[str, Path]:
    """Write `comparison.html`, `comparison.md` and `comparison.json`.

    Raises:
        UsageError: for an unknown format, or a folder that can't be written to.
    """
    makers = {
        "html": lambda: page.comparison(comparison),
        "md": lambda: markdown.comparison(comparison),
        "json": lambda: plain.text(plain.comparison_data(comparison)),
    }
    return _write(makers, Path(folder), "comparison", formats)


def _write(makers: Makers, folder: Path, stem: str, formats: Sequence[str]) -> dict[str, Path]:
    for name in formats:
        if name not in makers:
            hint = did_you_mean(name, FORMATS) or f"Known are: {', '.join(FORMATS)}"
            raise UsageError(f"there is no report format {name!r}", fix=hint.rstrip("."))
    texts = {name: makers[name]() for name in formats}  # all of them first: no report is half new, half old
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return {name: _place(folder / f"{stem}.{name}", text) for name, text in texts.items()}
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"the report could not be written: {reason}", where=str(folder), fix="Choose another folder"
        ) from error


def _place(path: Path, text: str) -> Path:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n", errors="replace") as file:
            file.write(text)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path
