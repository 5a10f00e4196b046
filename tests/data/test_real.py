"""The readers on real images, masks and labels."""

import csv

import numpy as np
import pytest
import torch
from PIL import Image

from durometer.data import Canvas, build_bank, match_labels, open_data, read_label_map, to_canvas

pytestmark = pytest.mark.real_data


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_imagenet_by_hand(real):
    data = open_data(real / "imagenet", masks=real / "imagenet/masks")
    table = rows(real / "imagenet/labels.csv")
    assert len(data) == len(table) == 220
    assert data.mask_count == 55
    for i in range(0, 220, 20):
        sample, row = data[i], table[i]
        image = np.asarray(Image.open(real / "imagenet/images" / row["file"]).convert("RGB"))
        assert np.array_equal(sample.x.permute(1, 2, 0).numpy(), image)
        assert [data.labels[k] for k in sample.y] == [row["class_index"]]
        assert [data.titles[k] for k in sample.y] == [row["name"]]
        assert sample.facts == {"voc_class": row["voc_class"] or None}
        assert ("mask" in sample.aux) == bool(row["mask"])
        if row["mask"]:
            mask = np.asarray(Image.open(real / "imagenet/masks" / row["mask"]))
            assert np.array_equal(sample.aux["mask"][0].numpy() > 0, mask > 0)


def test_imagenet_labels_by_index_synset_and_name(real):
    root = real / "imagenet"
    lines = read_label_map(root / "classes.txt")
    known = (root / "classes.txt").read_text().splitlines()
    by_index = open_data(root)
    wanted = [{int(label)} for label in by_index.labels]
    for model, mapping in ((known, None), ((), None), ((), lines)):
        match = match_labels(by_index.labels, model, mapping=mapping, n_outputs=1000)
        assert list(match.accepted) == wanted
    for column in ("synset", "name"):
        data = open_data(root / "images", table=root / "labels.csv", label_column=column)
        index = {row[column]: int(row["class_index"]) for row in rows(root / "labels.csv")}
        for model, mapping in ((known, None), ((), lines)):
            match = match_labels(data.labels, model, mapping=mapping, n_outputs=1000)
            assert all(
                index[label] in found for label, found in zip(data.labels, match.accepted, strict=True)
            )
            assert sum(len(found) > 1 for found in match.accepted) <= (column == "name")  # crane, maillot


def test_davis_accepts_several_classes(real):
    data = open_data(real / "davis", masks=real / "davis")
    assert (len(data), data.mask_count) == (15, 15)
    assert data.left_out == (("rows", 3, "their column 'accepted_imagenet_classes' is empty"),)
    for row in rows(real / "davis/index.csv"):
        if row["accepted_imagenet_classes"]:
            sample = data[list(data.ids()).index(row["image"])]
            assert {data.labels[k] for k in sample.y} == set(row["accepted_imagenet_classes"].split())
            mask = np.asarray(Image.open(real / "davis" / row["mask"]))
            assert np.array_equal(
                sample.aux["mask"][0].numpy() > 0, (mask > 0).reshape(*mask.shape[:2], -1).any(-1)
            )


def test_pets(real):
    assert len(open_data(real / "pets", masks=real / "pets")) == 3
    data = open_data(real / "pets", masks=real / "pets", label_column="breed")
    assert (len(data), data.mask_count, len(data.labels)) == (16, 16, 7)
    for i in range(16):
        sample = data[i]
        assert sample.aux["mask"].shape[1:] == sample.x.shape[1:]
        assert 0.02 < sample.aux["mask"].mean() < 0.98


def test_cifar_exact_and_as_arrays(real):
    data = open_data(real / "cifar10/test_lossless_300.npz")
    with np.load(real / "cifar10/test_lossless_300.npz") as file:
        x, y = file["x"], file["y"]
    assert all(np.array_equal(data[i].x.permute(1, 2, 0).numpy(), x[i]) for i in range(0, 300, 30))
    assert [int(data.labels[min(data[i].y)]) for i in range(300)] == y.tolist()
    placed = to_canvas(data[0], Canvas())
    assert torch.equal(placed.x.mul(255).round().to(torch.uint8), data[0].x)  # never enlarged


def test_medmnist_and_mnist(real):
    data = open_data(real / "medmnist/pneumonia_train_val.npz")
    assert (data.name, len(data), data.labels) == ("PneumoniaMNIST, val", 524, ("0", "1"))
    assert len(open_data(real / "mnist/mnist_12k.npz")) == 2000


def test_a_bank_of_real_backgrounds(real):
    data = open_data(real / "imagenet", masks=real / "imagenet/masks")
    bank = build_bank(data, Canvas(64), seed=0, size=5, fill=lambda x, mask: x * (1 - mask))
    assert len(bank) == 5
    assert bank.image(0, 64, 96).shape == (3, 64, 96)
    assert (
        build_bank(data, Canvas(64), seed=0, size=5, fill=lambda x, mask: x * (1 - mask)).digest
        == bank.digest
    )
