"""`durometer edit`: edited images and a contact sheet of one image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from PIL.Image import Image

    from durometer.run.conditions import Condition

TILE = 256
"""Longest side of a picture on the contact sheet, in pixels."""


def edit(
    image: Annotated[Path, typer.Argument(help="An image.")],
    mask: Annotated[
        Path | None, typer.Option("--mask", help="Its mask: any non-zero pixel is object.")
    ] = None,
    condition: Annotated[
        list[str] | None,
        typer.Option("--condition", "-c", help="An edit, such as 'size(share=0.05)'. Repeat."),
    ] = None,
    suite: Annotated[list[str] | None, typer.Option("--suite", "-s", help="All edits of a suite.")] = None,
    donors: Annotated[Path | None, typer.Option("--donors", help="A folder of backgrounds.")] = None,
    canvas: Annotated[int, typer.Option("--canvas", help="Short side of the canvas in pixels.")] = 256,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the dice.")] = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the images.")] = Path("edited"),
    as_json: Annotated[bool, typer.Option("--json", help="Print what was achieved as JSON.")] = False,
) -> None:
    """Edit one image and write each result, its mask and a contact sheet; no model is asked.

    Examples:

      durometer edit dog.jpg --mask dog.png

      durometer edit dog.jpg --mask dog.png -c 'size(share=[0.2,0.1,0.05])' -c 'direction(angle=45)'
    """
    from durometer.run.single import edit_one

    conditions = _wanted(condition, suite)
    results = edit_one(image, mask, conditions, donors=donors, short_side=canvas, seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    written = _write(results, out, image.stem)
    if as_json:
        print(json.dumps(written, ensure_ascii=False))
        return
    for entry in written:
        facts = ", ".join(
            f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in entry["facts"].items()
        )
        print(f"{entry['title']}: {entry['reason'] or facts or 'done'}")
    print(f"{sum(not e['reason'] for e in written)} images and the contact sheet are in {out}")


def _wanted(condition: list[str] | None, suite: list[str] | None) -> list[Condition]:
    from durometer.cli.options import conditions_of
    from durometer.run import suites
    from durometer.run.conditions import expand, make, with_controls

    names = suite or ([] if condition else ["attributes"])
    plans = [
        *conditions_of({"condition": condition}),
        *(c for name in names for c in suites.load(name).conditions),
    ]
    return list(with_controls([make(e) for p in plans for e in expand(p)]))


def _write(results: list[Any], out: Path, stem: str) -> list[dict[str, Any]]:
    import re

    written, pictures = [], []
    for number, result in enumerate(results):
        name = f"{stem}-{number:02d}-{re.sub(r'[^a-z0-9]+', '-', result.title.lower()).strip('-')}.png"
        entry = {"title": result.title, "file": name, "facts": dict(result.facts), "reason": result.reason}
        if not result.reason:
            result.image.save(out / name)
            pictures.append((result.title, result.image))
            if result.mask is not None:
                result.mask.save(out / name.replace(".png", ".mask.png"))
        written.append(entry)
    _sheet(pictures).save(out / f"{stem}-sheet.png")
    return written


def _sheet(pictures: list[tuple[str, Image]]) -> Image:
    from PIL import Image, ImageDraw

    across = min(4, len(pictures))
    tiles = [(title, _tile(image)) for title, image in pictures]
    width, height = max(t.width for _, t in tiles) + 8, max(t.height for _, t in tiles) + 28
    sheet = Image.new("RGB", (across * width + 8, -(-len(tiles) // across) * height + 8), "white")
    draw = ImageDraw.Draw(sheet)
    for i, (title, tile) in enumerate(tiles):
        x, y = 8 + i % across * width, 8 + i // across * height
        sheet.paste(tile, (x, y + 18))
        draw.text((x, y), title, fill="black")
    return sheet


def _tile(image: Image) -> Image:
    from PIL import Image as Images

    scale = TILE / max(image.size)
    kind = Images.Resampling.NEAREST if max(image.size) <= 64 else Images.Resampling.BILINEAR
    return image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), kind)
