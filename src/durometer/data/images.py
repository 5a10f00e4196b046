"""Decoding: any image file to 8-bit RGB, upright, or one sentence that says why not."""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from durometer.core import DataError

Array = np.ndarray[Any, Any]
JPEG = (".jpg", ".jpeg", ".jpe", ".jfif", ".jp2")
PORTABLE = (".ppm", ".pgm", ".pbm", ".pnm")
ENDINGS = frozenset((*JPEG, *PORTABLE, ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".avif"))
ORIENTATION = 0x0112
BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, struct.error, OverflowError)
"""What PIL's decoders raise on damaged files."""


@dataclass(frozen=True)
class Picture:
    """A decoded image.

    Attributes:
        x: (3, H, W) uint8, upright.
        alpha: (1, H, W) float32 in [0, 1], upright; None without an alpha channel.
        orientation: The EXIF orientation that was undone, 1 to 8 (1: none).
    """

    x: Tensor
    alpha: Tensor | None = None
    orientation: int = 1

    @property
    def size(self) -> tuple[int, int]:
        """(height, width), upright."""
        return int(self.x.shape[-2]), int(self.x.shape[-1])


def is_image(name: str) -> bool:
    """Say whether a file name ends as image files do; hidden files don't count."""
    base = name.rpartition("/")[2]
    return not base.startswith(".") and Path(base).suffix.lower() in ENDINGS


def read_bytes(path: str | Path, *, where: str) -> bytes:
    """Return a file's bytes.

    Raises:
        DataError: if it is not there or can't be read.
    """
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise DataError("there is no such file", where=where) from None
    except OSError as error:
        raise DataError(f"the file can't be read ({error.strerror or error})", where=where) from error


def content_hash(data: bytes) -> str:
    """Return the sha256 of bytes, as `sha256sum` prints it."""
    return hashlib.sha256(data).hexdigest()


def read_image(path: str | Path) -> Picture:
    """Read and decode one image file.

    Raises:
        DataError: as `decode` does.
    """
    return decode(read_bytes(path, where=str(path)), where=str(path))


def decode(data: bytes, *, where: str) -> Picture:
    """Decode an image file: first frame, EXIF orientation undone, 8-bit RGB.

    16-bit gray is divided by 257 and rounded; floating point must lie in [0, 1]; gray, palette, CMYK and the
    rest become RGB as PIL does it. An alpha channel is set aside and the stored colors are kept as they are,
    as PIL's `convert("RGB")` (and so most training code) does.

    Raises:
        DataError: not an image, damaged, cut short, or larger than PIL's `Image.MAX_IMAGE_PIXELS`.
    """
    opened = open_image(data, where=where)
    orientation = orientation_of(opened)
    colors, alpha = _to_rgb(opened, where=where)
    upright = np.array(orient(colors, orientation), order="C")
    return Picture(
        # a view: turning the axes in memory would cost as much as decoding
        x=torch.from_numpy(upright).permute(2, 0, 1),
        alpha=None if alpha is None else _plane(orient(alpha, orientation)),
        orientation=orientation,
    )


def open_image(data: bytes, *, where: str, load: bool = True) -> Image.Image:
    """Open an image with PIL and, unless only its header is wanted, load its first frame.

    Raises:
        DataError: as `decode` does.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged EXIF and the like: the pixels decide
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data))
            if load:
                image.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise DataError(
            f"the image has more than {Image.MAX_IMAGE_PIXELS:,} pixels",
            where=where,
            fix="Make it smaller; a canvas needs a few hundred pixels a side",
        ) from None
    except UnidentifiedImageError:
        kind = "the file is empty" if not data else "this is not an image that PIL can read"
        raise DataError(kind, where=where) from None
    except BROKEN as error:
        raise DataError(f"the image is damaged ({_short(error)})", where=where) from error
    return image


def orient(pixels: Array, orientation: int) -> Array:
    """Return an (H, W, …) array upright: undo EXIF orientation 1 to 8 (EXIF 2.32, tag 0x0112)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation of an opened image, 1 where it says none or a strange one."""
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except Exception:  # damaged EXIF raises whatever its bytes lead to; the image is fine
        return 1
    return value if value in range(1, 9) else 1


def _to_rgb(image: Image.Image, *, where: str) -> tuple[Array, Array | None]:
    """Return (H, W, 3) uint8 and, if there is one, (H, W) alpha in [0, 1]."""
    if image.mode.startswith("I") or image.mode == "F":
        gray = np.asarray(_deep_gray(image, where=where))
        return np.repeat(gray[..., None], 3, axis=2), None
    if image.has_transparency_data:
        pixels = np.asarray(image.convert("RGBA"))
        return pixels[..., :3], pixels[..., 3].astype(np.float32) / 255
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB")), None


def _deep_gray(image: Image.Image, *, where: str) -> Array:
    values = np.asarray(image).astype(np.float64)
    white = 1.0 if image.mode == "F" else 65535.0
    if not (values.min() >= 0 and values.max() <= white):
        raise DataError(
            f"its pixels go from {values.min():g} to {values.max():g}, so that white is unknown",
            where=where,
            fix=f"Save it as 8-bit, or scaled to 0 … {white:g}",
        )
    return np.rint(values * (255.0 / white)).astype(np.uint8)


def _plane(values: Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))[None]


def _short(error: BaseException) -> str:
    return str(error).splitlines()[0].rstrip(".")[:120] if str(error) else type(error).__name__
