"""The odd-one-out test: does a model single out a picture among versions that have only its texture?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from durometer.core import Batch, DataError, Dataset, Dice, Estimate, Model, Stressor, stress
from durometer.data.canvas import Canvas, to_canvas
from durometer.measures.oddity import CHANCE, Similarity, oddity
from durometer.models.features import Features, Pool
from durometer.stress.attributes.shape_gram import ShapeGram


@dataclass(frozen=True)
class Oddity:
    """What the odd-one-out test found.

    Attributes:
        accuracy: How often the original was singled out.
        chance: What blind features score.
        features: Where the features were taken.
        versions: What the two other pictures are.
        left_out: Reason -> how many samples could not be asked.
    """

    accuracy: Estimate
    features: str
    versions: str
    left_out: Mapping[str, int]
    chance: float = CHANCE


def odd_one_out_test(
    model: Model | nn.Module,
    dataset: Dataset,
    *,
    layer: str | None = None,
    pool: Pool = "mean",
    by: Similarity = "cosine",
    versions: Stressor | None = None,
    canvas: Canvas | None = None,
    seed: int = 0,
    limit: int | None = None,
) -> Oddity:
    """Show a model each picture and two versions with its texture, and see which of the three is odd to it.

    The test of global shape in DiST (Wen et al., 2023): features that hold the shape find the original
    least similar to the other two; features that hold texture alone find it by chance, one time in three.
    The versions are draws 0 and 1 of `shape-gram`, unless another stressor is given.

    Args:
        model: A model, or an `nn.Module` that takes (B, C, H, W) in [0, 1].
        dataset: Its labels are not used.
        layer: Whose output is the features; see `durometer.models.features.Features`.
        pool: What is done with maps and tokens.
        by: How features are compared.
        versions: What makes the two versions, such as `ShapePatches(of="picture", grid=8)`.
        canvas: What pictures are brought to first.
        seed: Of the versions' dice.
        limit: The first so many samples only.

    Raises:
        ModelError: the model lacks the layer.
        DataError: not one sample could be asked.
    """
    features, left_out = Features(model, layer, pool=pool), Counter[str]()
    maker = versions or ShapeGram(of="picture")
    found: list[Tensor] = []
    for i in range(len(dataset) if limit is None else min(limit, len(dataset))):
        try:
            batch = Batch.of([to_canvas(dataset[i], canvas or Canvas())])
        except DataError as error:
            left_out[error.what] += 1
            continue
        three = _three(batch, maker, seed)
        if isinstance(three, str):
            left_out[three] += 1
        else:
            found.append(features(three))
    if not found:
        raise DataError("not one sample could be put to the odd-one-out test", fix=_first(left_out))
    accuracy = oddity(torch.stack(found).numpy(), by=by)
    return Oddity(accuracy, features.what, f"{maker.title} ({maker.name}), twice", dict(left_out))


def _three(batch: Batch, maker: Stressor, seed: int) -> Tensor | str:
    """Return the original and its two versions (3, C, H, W), or why there are none."""
    pictures = [batch.x]
    for draw in range(2):
        made = stress(maker, batch, Dice(seed, maker.name, maker.version, batch.ids, draw))
        if made.refused:
            return made.refused[0]
        pictures.append(made.x)
    return torch.cat(pictures)


def _first(left_out: Mapping[str, int]) -> str:
    return f"The first reason: {next(iter(left_out))}" if left_out else "Give a data set with samples"
