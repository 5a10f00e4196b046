"""The page of one picture under attack: before, the change magnified, after, and the way there."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from durometer.report.html.page import page
from durometer.report.html.render import render
from durometer.report.svg.trace import trace_chart

if TYPE_CHECKING:
    from durometer.run.attack_one import Answer, AttackedImage

SHOWN = 256
"""Shortest long side at which a picture is shown, in pixels; smaller ones are enlarged without smoothing."""


@dataclass(frozen=True)
class Tile:
    """One picture of the page."""

    title: str
    uri: str
    width: int
    height: int
    answer: Answer | None = None


def document(found: AttackedImage, pictures: Mapping[str, Image.Image], *, name: str, model: str) -> str:
    """Return the page as one HTML file that loads nothing.

    Args:
        found: What the attack did.
        pictures: `original`, `change` and `result`.
        name: Of the picture.
        model: Its name.
    """
    tiles = (
        tile("before", pictures["original"], found.before),
        tile(f"the change, × {found.magnified}, around gray", pictures["change"]),
        tile("after", pictures["result"], found.after),
    )
    chart = trace_chart(
        found.path,
        label="how far from broken each input was that the model was asked about",
        unit="questions to the model, one after the other",
    )
    body = render(
        "attacked", found=found, tiles=tiles, chart=chart, name=name, model=model, verdict=verdict(found),
        top=top,
    )  # fmt: skip
    return page(f"{name} under attack", body, [])


def verdict(found: AttackedImage) -> str:
    """Return in one sentence what came of it, with attack, threat and passes."""
    spent = " and ".join(
        f"{found.facts[k]} {k.removesuffix('s')} passes"
        for k in ("forwards", "backwards")
        if k in found.facts
    )
    cost = f" in {spent}" if spent else ""
    if not found.broken:
        stays = f"the answer is {found.after.said}"
        if len(found.path) > 1 and len(set(found.path)) == 1:
            stays += f", with the same numbers for all {len(found.path):,} inputs that were tried"
        return f"{found.title}: not broken{cost}; {stays}. Another attack may do it."
    rounded = f" Rounded to 8 bits it is {found.rounded.said}, no longer broken."
    kept = "" if found.broken_rounded else rounded
    return f"{found.title}: {found.before.said} becomes {found.after.said}{cost}.{kept}"


def tile(title: str, picture: Image.Image, answer: Answer | None = None) -> Tile:
    """Return a picture as it stands on the page."""
    longest = max(picture.size)
    times = max(1, round(SHOWN / longest))
    shown = picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)
    held = io.BytesIO()
    shown.save(held, "PNG", optimize=True)
    uri = f"data:image/png;base64,{base64.b64encode(held.getvalue()).decode()}"
    return Tile(title, uri, shown.width, shown.height, answer)


def top(answer: Answer) -> list[tuple[str, float]]:
    """Return the three likeliest classes with their shares."""
    return list(zip(answer.names[:3], answer.shares[:3], strict=True))
