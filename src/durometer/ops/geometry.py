"""Where things go when an edit moves pixels: motions of points, boxes and masks.

A motion is (B, 2, 3) float64: the point (x, y) of a picture before the edit is at M · (x, y, 1) after it.
Coordinates are in pixels from the top left corner, as in `durometer.ops.warp`: pixel i covers i to i + 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import Batch
from durometer.ops.exact_moves import translate
from durometer.ops.warp import Similarity

MOTION = "motion"
"""Entry of `batch.aux`: the motion of the object since the canvas, all edits so far taken together."""
CAMERA = "camera"
"""Entry of `batch.aux`: the motion of the whole picture, which everything but the object follows."""
FIELD = "field"
"""Entry of `batch.aux`, (B, 2, H, W): the pixel (x, y) shows what was at (x + field[0], y + field[1]) on the
canvas; there only if something other than a motion moved pixels, and then it tells all of it."""


def still(n: int) -> Tensor:
    """Return the motions of n pictures in which nothing moves."""
    return torch.eye(2, 3, dtype=torch.float64).repeat(n, 1, 1)


def of_similarities(motions: Sequence[Similarity]) -> Tensor:
    """Return the motions that turn, scale and carry."""
    return _affine([_rows(*m.forward(0, 0), *m.forward(1, 0), *m.forward(0, 1)) for m in motions])


def of_steps(steps: Sequence[tuple[float, float]]) -> Tensor:
    """Return the motions by steps (right, down) in pixels."""
    return _affine([((1, 0, right), (0, 1, down)) for right, down in steps])


def of_mirrors(sums: Sequence[float], *, sideways: bool) -> Tensor:
    """Return the motions of mirrors: x goes to sum − x, or y if not `sideways`."""
    if sideways:
        return _affine([((-1, 0, s), (0, 1, 0)) for s in sums])
    return _affine([((1, 0, 0), (0, -1, s)) for s in sums])


def then(first: Tensor, second: Tensor) -> Tensor:
    """Return the motion that does one after the other."""
    return torch.cat(
        (second[..., :2] @ first[..., :2], second[..., :2] @ first[..., 2:] + second[..., 2:]), -1
    )


def recorded(batch: Batch, motion: Tensor, *, whole: bool) -> dict[str, Tensor]:
    """Return the entries of `aux` after one more motion: of the object, or of the `whole` picture with it."""
    kept = {name: batch.aux.get(name, still(len(batch)).to(batch.x.device)) for name in (MOTION, CAMERA)}
    moved = motion.to(batch.x.device)
    told = {MOTION: then(kept[MOTION], moved), CAMERA: then(kept[CAMERA], moved) if whole else kept[CAMERA]}
    if whole and FIELD in batch.aux:
        at = centers(*batch.x.shape[-2:]).to(moved)
        told[FIELD] = _followed(batch, _back(at.expand(len(batch), -1, -1, -1), moved))
    return told


def recorded_field(batch: Batch, field: Tensor) -> dict[str, Tensor]:
    """Return the entries of `aux` after each pixel (x, y) took what was at (x, y) + field, (B, 2, H, W)."""
    at = centers(*batch.x.shape[-2:]).to(field.device, torch.float64)
    return {FIELD: _followed(batch, at + field.double())}


def centers(height: int, width: int) -> Tensor:
    """Return (2, H, W) float64: x and y of the middle of each pixel."""
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    return torch.stack((x, y)).double()


def sampled(x: Tensor, places: Tensor) -> Tensor:
    """Return (B, C, H, W): x at places (B, 2, H, W), (x, y) in pixels; bilinear, 0 beyond it."""
    height, width = x.shape[-2:]
    grid = places.movedim(1, -1) * places.new_tensor((2 / width, 2 / height)) - 1
    return F.grid_sample(x, grid.to(x), mode="bilinear", align_corners=False)


def _back(places: Tensor, motion: Tensor) -> Tensor:
    """Return where places (B, 2, H, W) were before a motion."""
    m = motion.to(places)
    before: Tensor = torch.linalg.inv(m[..., :2]) @ (places.flatten(2) - m[..., 2:])
    return before.reshape(places.shape)


def _followed(batch: Batch, places: Tensor) -> Tensor:
    """Return the whole field, given the places (B, 2, H, W) that were looked up in the picture as it was."""
    at = centers(*batch.x.shape[-2:]).to(places)
    if FIELD in batch.aux:
        shifts = batch.aux[FIELD].to(places)
        size = places.new_tensor((places.shape[-1], places.shape[-2]))
        held = places.clamp_min(0.5).minimum(size[:, None, None] - 0.5)
        places = places + sampled(shifts, held)
    elif CAMERA in batch.aux:
        places = _back(places, batch.aux[CAMERA])
    return (places - at).float()


def move_points(points: Tensor, motion: Tensor) -> Tensor:
    """Return points (B, N, 2) where they went, in the points' own type; they may lie beyond the canvas."""
    m = motion.to(points.device)
    return (points.double() @ m[..., :2].mT + m[..., 2][:, None]).to(points.dtype)


def move_boxes(boxes: Tensor, motion: Tensor) -> Tensor:
    """Return the upright boxes (B, N, 4) around where boxes (left, top, right, bottom) went, unclipped."""
    left, top, right, bottom = boxes.unbind(-1)
    corners = torch.stack((left, top, right, top, left, bottom, right, bottom), dim=-1)
    moved = move_points(corners.reshape(len(boxes), -1, 2), motion).reshape(*boxes.shape[:2], 4, 2)
    return torch.cat((moved.amin(dim=-2), moved.amax(dim=-2)), dim=-1)


def clip_boxes(boxes: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Return (boxes cut to the canvas, bool: is anything of them left), for boxes (…, 4)."""
    most = boxes.new_tensor((width, height, width, height))
    cut = boxes.clamp_min(0).minimum(most)
    return cut, (cut[..., 2] > cut[..., 0]) & (cut[..., 3] > cut[..., 1])


def move_masks(masks: Tensor, motion: Tensor) -> Tensor:
    """Return masks (B, K, H, W) moved, 0 where they come from beyond the canvas.

    Bit by bit where the motion is by whole pixels, with or without a mirror; bilinear else.
    """
    out = [_exact(m[None], a) for m, a in zip(masks, motion.tolist(), strict=True)]
    moved = [_warped(masks[i : i + 1], motion[i : i + 1]) if o is None else o for i, o in enumerate(out)]
    return torch.cat(moved) if moved else masks


def _rows(ox: float, oy: float, xx: float, xy: float, yx: float, yy: float) -> tuple[tuple[float, ...], ...]:
    return (xx - ox, yx - ox, ox), (xy - oy, yy - oy, oy)


def _affine(rows: Sequence[Sequence[Sequence[float]]]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64).reshape(-1, 2, 3)


def _exact(mask: Tensor, motion: list[list[float]]) -> Tensor | None:
    (a, b, right), (c, d, down) = motion
    if (b, c) != (0, 0) or {abs(a), abs(d)} != {1} or right % 1 or down % 1:
        return None
    height, width = mask.shape[-2:]
    turned = mask.flip([axis for axis, sign in ((-1, a), (-2, d)) if sign < 0])
    return translate(turned, [(round(right - width * (a < 0)), round(down - height * (d < 0)))])


def _warped(mask: Tensor, motion: Tensor) -> Tensor:
    height, width = mask.shape[-2:]
    m = motion[0].to(mask.device)
    back = torch.linalg.inv(m[:, :2])
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    at = torch.stack((x, y), dim=-1).to(m)
    source = (at - m[:, 2]) @ back.mT
    grid = source * m.new_tensor((2 / width, 2 / height)) - 1
    return F.grid_sample(mask, grid[None].to(mask), mode="bilinear", align_corners=False)
