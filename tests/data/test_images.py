"""Decoding against pixels worked out by hand and against PIL's own EXIF transposition."""

import io
import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from durometer.core import DataError
from durometer.data.images import content_hash, decode, is_image, orient, read_image


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pixels(data):
    return decode(data, where="a.png").x


def gray(*rows):
    return torch.tensor([[list(row) for row in rows]] * 3, dtype=torch.uint8)


def png16(rows, color_type=0):
    """Write a 16-bit PNG by hand: PIL writes 16-bit gray only, and we want no help from it."""
    flat = [[v for v in row] for row in rows]
    samples = {0: 1, 2: 3}[color_type]
    raw = b"".join(b"\0" + struct.pack(f">{len(r)}H", *r) for r in flat)

    def chunk(tag, body):
        return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))

    head = struct.pack(">IIBBBBB", len(flat[0]) // samples, len(flat), 16, color_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    )


def test_sixteen_bit_gray_is_divided_by_257_and_rounded():
    # 257 · v is the 16-bit level of gray v; 65535 / 257 = 255; 128 / 257 = 0.498 -> 0; 129 / 257 = 0.502 -> 1
    assert torch.equal(
        pixels(png16([[0, 257, 65535], [128, 129, 257 * 200]])), gray([0, 1, 255], [0, 1, 200])
    )


def test_sixteen_bit_gray_is_the_same_from_tiff_and_pgm():
    levels = np.array([[0, 257 * 7, 65535]], np.uint16)
    tiff = encoded(Image.fromarray(levels), "TIFF")
    pgm = b"P5\n3 1\n65535\n" + levels.astype(">u2").tobytes()
    for data in (tiff, pgm):
        assert torch.equal(pixels(data), gray([0, 7, 255]))


def test_sixteen_bit_color_is_within_one_level():
    values = [0, 257 * 40, 65535, 300, 30000, 65000]
    found = pixels(png16([values], color_type=2)).permute(1, 2, 0).flatten().tolist()
    assert all(abs(got - v / 257) <= 1 for got, v in zip(found, values, strict=True))


def test_one_bit_gray_palette_and_gray_alpha():
    assert torch.equal(pixels(encoded(Image.fromarray(np.array([[True, False]])))), gray([255, 0]))
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60] + [0] * 762)
    palette.putdata([1, 0])
    assert pixels(encoded(palette)).permute(1, 2, 0).tolist() == [[[40, 50, 60], [10, 20, 30]]]
    with_alpha = decode(
        encoded(Image.fromarray(np.array([[[9, 51], [200, 255]]], np.uint8), "LA")), where="a"
    )
    assert torch.equal(with_alpha.x, gray([9, 200]))
    assert with_alpha.alpha.tolist() == [[[pytest.approx(0.2), 1.0]]]  # 51 / 255


def test_alpha_is_set_aside_and_the_stored_colors_stay():
    image = Image.fromarray(np.array([[[1, 2, 3, 0], [4, 5, 6, 255]]], np.uint8), "RGBA")
    picture = decode(encoded(image), where="a.png")
    assert picture.x.permute(1, 2, 0).tolist() == [[[1, 2, 3], [4, 5, 6]]]
    assert picture.alpha.tolist() == [[[0.0, 1.0]]]


def test_transparent_palette_gives_its_color_and_its_alpha():
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60] + [0] * 762)
    palette.putdata([1, 0])
    picture = decode(encoded(palette, transparency=0), where="a.png")
    assert picture.x.permute(1, 2, 0).tolist() == [[[40, 50, 60], [10, 20, 30]]]
    assert picture.alpha.tolist() == [[[1.0, 0.0]]]


def test_cmyk_jpeg():
    # no ink but cyan: red is absorbed; JPEG is lossy, hence the margin
    image = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    red, green, blue = pixels(encoded(image, "JPEG", quality=95)).float().mean(dim=(1, 2)).tolist()
    assert red < 3
    assert green > 252
    assert blue > 252


def test_first_frame_of_an_animation():
    frames = [Image.new("L", (2, 1), level) for level in (10, 200)]
    assert torch.equal(
        pixels(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])), gray([10, 10])
    )


def test_floating_point_tiff_in_the_unit_range():
    data = encoded(Image.fromarray(np.array([[0.0, 0.5, 1.0]], np.float32)), "TIFF")
    assert torch.equal(pixels(data), gray([0, 128, 255]))  # 127.5 rounds to even


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_undone_as_pil_does_it(orientation):
    image = Image.fromarray(np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3) * 10)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(image, exif=exif)
    wanted = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    picture = decode(data, where="a.png")
    assert np.array_equal(picture.x.permute(1, 2, 0).numpy(), wanted)
    assert picture.orientation == orientation
    assert picture.size == wanted.shape[:2]


def test_orientation_six_by_hand():
    # 6: the first row is the right side; so the first column of the upright image is the last row of the file
    assert orient(np.array([[1, 2, 3], [4, 5, 6]]), 6).tolist() == [[4, 1], [5, 2], [6, 3]]


def test_a_strange_orientation_counts_as_none():
    exif = Image.Exif()
    exif[0x0112] = 77
    assert decode(encoded(Image.new("L", (2, 1)), exif=exif), where="a").orientation == 1


class TestErrors:
    def said(self, data):
        with pytest.raises(DataError) as error:
            decode(data, where="cat/a b.jpg")
        assert str(error.value).startswith("cat/a b.jpg: ")
        return str(error.value)

    def test_not_an_image(self):
        assert "not an image that PIL can read" in self.said(b"hello")

    def test_empty(self):
        assert "the file is empty" in self.said(b"")

    @pytest.mark.parametrize("kind", ["JPEG", "PNG"])
    def test_cut_short(self, kind):
        data = encoded(
            Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)), kind
        )
        assert "the image is damaged" in self.said(data[: len(data) // 2])

    def test_damaged_png_header(self):
        data = bytearray(encoded(Image.new("L", (9, 9))))
        data[18] ^= 0xFF  # a bit of the width; the checksum is wrong now
        assert "cat/a b.jpg" in self.said(bytes(data))

    def test_too_many_pixels(self, monkeypatch):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 99)
        data = encoded(Image.new("L", (10, 10)))
        assert "more than 99 pixels" in self.said(data)
        assert "Make it smaller" in self.said(data)

    def test_unknown_white(self):
        data = encoded(Image.fromarray(np.array([[0.0, 300.0]], np.float32)), "TIFF")
        assert "from 0 to 300" in self.said(data)
        data = encoded(Image.fromarray(np.array([[0.0, np.nan]], np.float32)), "TIFF")
        assert "white is unknown" in self.said(data)

    def test_no_file(self, tmp_path):
        with pytest.raises(DataError, match="there is no such file"):
            read_image(tmp_path / "no.png")

    def test_a_folder_in_place_of_a_file(self, tmp_path):
        with pytest.raises(DataError, match="can't be read"):
            read_image(tmp_path)


def test_content_hash_is_what_sha256sum_prints():
    # printf abc | sha256sum
    assert content_hash(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("a.JPEG", True),
        ("a.b.png", True),
        ("a.txt", False),
        ("._a.jpg", False),
        ("x/.a.png", False),
        ("png", False),
    ],
)
def test_which_names_are_images(name, answer):
    assert is_image(name) is answer
