"""The published folders of ImageNet-C and CIFAR-10-C, made in miniature."""

import numpy as np
import pytest
import torch
from PIL import Image

from durometer.core import DataError
from durometer.data import Subset, open_data
from durometer.data.imagenet_c import center, holds_imagenet_c
from durometer.data.published_corruptions import NAMES, corruption_of
from durometer.stress.premade import Premade

CORRUPTIONS = ("brightness", "gaussian_noise", "jpeg_compression")
CLASSES = ("n01440764", "n01443537")


def paint(path, value, size=(28, 28)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((size[1], size[0], 3), value, np.uint8)).save(path, format="PNG")


def gray(value, side):
    return torch.full((3, side, side), value, dtype=torch.uint8)


@pytest.fixture
def imagenet_c(tmp_path):
    """Two classes of two images; gray is 60·corruption + 10·severity + image (lossless under the name)."""
    for k, name in enumerate((f"{c}/val_{2 * j + i}.JPEG" for j, c in enumerate(CLASSES) for i in range(2))):
        paint(tmp_path / "clean" / name, 200 + k)
        for c, corruption in enumerate(CORRUPTIONS):
            for s in range(1, 6):
                paint(tmp_path / corruption / str(s) / name, 60 * c + 10 * s + k)
    return tmp_path


@pytest.fixture
def cifar_c(tmp_path):
    """Four images; gray is 60·corruption + 10·severity + image, severity after severity."""
    y = np.array([3, 8, 8, 0], np.uint8)
    for c, corruption in enumerate(CORRUPTIONS):
        levels = np.array([60 * c + 10 * s + i for s in range(1, 6) for i in range(4)], np.uint8)
        np.save(tmp_path / f"{corruption}.npy", np.tile(levels[:, None, None, None], (1, 32, 32, 3)))
    np.save(tmp_path / "labels.npy", np.tile(y, 5))
    clean = np.arange(200, 204, dtype=np.uint8)[:, None, None, None]
    np.save(tmp_path / "clean.npy", np.tile(clean, (1, 32, 32, 3)))
    return tmp_path


def check(data, benchmark, side):
    for c, corruption in enumerate(CORRUPTIONS):
        for s in range(1, 6):
            name = f"{corruption}/{s}"
            assert data.edits[name] == f"{benchmark}:{corruption.replace('_', '-')}:{s}"
            for i in range(4):
                assert torch.equal(data.variant(i, name), gray(60 * c + 10 * s + i, side))
    assert len(data.variants) == 15
    assert all(torch.equal(data[i].x, gray(200 + i, side)) for i in range(4))


def test_oracle_imagenet_c_is_found_by_its_layout(imagenet_c):
    data = open_data(imagenet_c)
    assert (data.name, data.suite) == ("ImageNet-C", "imagenet-c")
    assert data.labels == CLASSES
    assert [data[i].y for i in range(4)] == [frozenset({j}) for j in (0, 0, 1, 1)]
    assert list(data.ids())[2] == "clean/n01443537/val_2.JPEG"
    check(data, "imagenet-c", 28)
    assert data.guesses[0] == "By its layout this is ImageNet-C, with 3 of its 15 corruptions."
    assert torch.equal(Subset(data, [3, 0]).variant(0, "brightness/4"), gray(43, 28))


def test_oracle_cifar_10_c_is_found_by_its_layout(cifar_c):
    data = open_data(cifar_c)
    assert (data.name, data.suite) == ("CIFAR-10-C", "cifar-c")
    assert [data.labels[next(iter(data[i].y))] for i in range(4)] == ["cat", "ship", "ship", "airplane"]
    check(data, "cifar-10-c", 32)
    assert torch.equal(Subset(data, [3, 0]).variant(0, "brightness/4"), gray(43, 32))
    assert data.guesses[1] == "The clean images are those in 'clean.npy', in the order of the corrupted ones."


def test_the_downloads_own_folders_and_the_extra_corruptions_are_read(imagenet_c):
    (imagenet_c / "noise").mkdir()
    (imagenet_c / "gaussian_noise").rename(imagenet_c / "noise" / "gaussian_noise")
    paint(imagenet_c / "extra" / "spatter" / "2" / CLASSES[0] / "val_0.JPEG", 9)
    data = open_data(imagenet_c)
    assert torch.equal(data.variant(1, "noise/gaussian_noise/2"), gray(81, 28))
    assert data.edits["extra/spatter/2"] == "imagenet-c:spatter:2"
    assert "3 of its 15 corruptions and 1 of the extra 4" in data.guesses[0]
    with pytest.raises(DataError, match="there is no such corrupted image"):
        data.variant(1, "extra/spatter/2")
    with pytest.raises(DataError, match="there is no such corrupted image"):
        data.variant(1, "clean")  # a folder that there is, and no corruption


def test_clean_images_may_lie_all_together_and_what_does_not_pair_is_counted(imagenet_c):
    for j, name in enumerate(CLASSES):
        for i in range(2):
            (imagenet_c / "clean" / name / f"val_{2 * j + i}.JPEG").rename(
                imagenet_c / "clean" / f"val_{2 * j + i}.JPEG"
            )
        (imagenet_c / "clean" / name).rmdir()
    paint(imagenet_c / "clean" / "val_9.JPEG", 1)
    (imagenet_c / "clean").rename(imagenet_c / "val")
    data = open_data(imagenet_c)
    check(data, "imagenet-c", 28)
    assert data.left_out == (("images", 1, "they have no corrupted version"),)


def test_images_of_64_pixels_are_tiny_imagenet_c(tmp_path):
    paint(tmp_path / "clean" / "n1" / "a.JPEG", 5, (64, 64))
    paint(tmp_path / "snow" / "3" / "n1" / "a.JPEG", 6, (64, 64))
    data = open_data(tmp_path)
    assert data.name == "Tiny ImageNet-C"
    assert data.edits == {"snow/3": "tiny-imagenet-c:snow:3"}


def test_oracle_clean_images_are_cut_as_the_corrupted_ones_were():
    # 512 × 400: short side to 256 is 327 × 256; the center of 224 starts at (round(51.5) = 52, 16)
    x = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (3, 400, 512), dtype=np.uint8))
    found = center(x, (224, 224))
    resized = np.array(Image.fromarray(x.permute(1, 2, 0).numpy()).resize((327, 256), Image.BILINEAR))
    assert np.array_equal(found.permute(1, 2, 0).numpy(), resized[16:240, 52:276])
    tall = center(x.transpose(1, 2).contiguous(), (224, 224))
    assert tall.shape == (3, 224, 224)
    assert center(found, (224, 224)) is found


def test_oracle_a_full_size_original_lies_under_its_corrupted_version(imagenet_c):
    paint(imagenet_c / "clean" / CLASSES[0] / "val_0.JPEG", 77, (60, 40))
    assert torch.equal(open_data(imagenet_c)[0].x, gray(77, 28))


def test_titles_and_axes_say_which_benchmark_it_is():
    made = Premade(variant="gaussian_noise/3", edit="imagenet-c:gaussian-noise:3")
    assert made.title == "ImageNet-C gaussian noise, 3"
    assert (made.dial.axis, made.dial.severity, made.dial.unit) == (
        "ImageNet-C gaussian noise",
        3,
        "severity",
    )
    assert Premade("fog/1", "cifar-10-c:fog:1").title == "CIFAR-10-C fog, 1"
    assert Premade("rp", "random-position").title == "position, random, premade"
    for text in ("", "fog", "imagenet-c:fog:6", "imagenet-c:mist:1", "imagenet-d:fog:1", "imagenet-c:fog:01"):
        assert corruption_of(text) is None
    assert len(set(NAMES)) == 19


def test_ordinary_folders_are_not_taken_for_it(tmp_path):
    for name in ("snow", "fog"):  # classes of a weather data set
        paint(tmp_path / name / "a.png", 1)
    assert not holds_imagenet_c(tmp_path)
    assert open_data(tmp_path).labels == ("fog", "snow")
    paint(tmp_path / "snow" / "1" / "b.png", 1)  # a numbered folder without classes
    assert not holds_imagenet_c(tmp_path)


def test_errors_of_imagenet_c_say_the_way_out(imagenet_c):
    with pytest.raises(DataError, match="masks are not read with ImageNet-C"):
        open_data(imagenet_c, masks=imagenet_c / "clean")
    (imagenet_c / "clean").rename(imagenet_c / "sharp")
    with pytest.raises(DataError, match=r"no folder of the clean images.*in a folder 'clean'"):
        open_data(imagenet_c)
    paint(imagenet_c / "clean" / "n5" / "other.JPEG", 3)
    with pytest.raises(DataError, match="no image in 'clean' has a corrupted version in 'brightness/1'"):
        open_data(imagenet_c)
    with pytest.raises(DataError, match="no folder `corruption/severity/class`"):
        open_data(f"imagenet-c:{imagenet_c / 'sharp'}")


def test_errors_of_cifar_c_say_the_way_out(cifar_c):
    np.save(cifar_c / "labels.npy", np.arange(20) % 10)
    with pytest.raises(DataError, match="labels are not the same at each severity"):
        open_data(cifar_c)
    np.save(cifar_c / "labels.npy", np.arange(7))
    with pytest.raises(DataError, match=r"labels of shape \(7,\) do not fit 4 clean images"):
        open_data(cifar_c)
    np.save(cifar_c / "labels.npy", np.array([1, 2, 3, 99]))
    assert open_data(cifar_c).name == "CIFAR-100-C"
    np.save(cifar_c / "brightness.npy", np.zeros((4, 32, 32, 3), np.uint8))
    with pytest.raises(DataError, match=r"is not 5 severities of the 4 clean images"):
        open_data(cifar_c)
    (cifar_c / "brightness.npy").write_bytes(b"no array")
    with pytest.raises(DataError, match="NumPy can't read this array"):
        open_data(cifar_c)
    (cifar_c / "clean.npy").unlink()
    with pytest.raises(DataError, match=r"no array of the clean images.*clean\.npy beside"):
        open_data(cifar_c)
    with pytest.raises(DataError, match="no array of a corruption"):
        open_data(f"cifar-c:{cifar_c.parent}")
