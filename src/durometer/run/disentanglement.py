"""Identity against pose: which of the two does a model's features follow?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from durometer.core import Batch, DataError, Dataset, Dice, Model, Sample, stress
from durometer.data.bank import Kinship, pick
from durometer.data.canvas import Canvas, to_canvas
from durometer.data.references import ReferenceBank, build_references
from durometer.measures.disentanglement import Disentanglement, disentanglement
from durometer.measures.oddity import Similarity
from durometer.models.features import Features, Pool
from durometer.ops.color import luma, plain
from durometer.ops.composite import cut, over
from durometer.ops.fill import fill
from durometer.stress.attributes.object_swap import ObjectSwap

GRAY = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class IdentityPose:
    """What the triplets showed.

    Attributes:
        scores: How often identity goes before pose, and the mean similarities.
        features: Where the features were taken.
        left_out: Reason -> how many samples gave no triplet.
    """

    scores: Disentanglement
    features: str
    left_out: Mapping[str, int]


def identity_pose_test(
    model: Model | nn.Module,
    dataset: Dataset,
    *,
    layer: str | None = None,
    pool: Pool = "mean",
    by: Similarity = "cosine",
    of: Kinship = "another class",
    isolate: bool = True,
    canvas: Canvas | None = None,
    seed: int = 0,
    limit: int | None = None,
) -> IdentityPose:
    """Show a model an object in another's pose, and see whether it takes it for the one or the other.

    For each sample with a mask, `object-swap` puts another sample's object in its object's place. The three
    pictures are a triplet as in (Shao et al., 2024): the swapped one shares the identity with the picture
    that the object comes from, and place, area and direction with the picture that it stands in.

    Args:
        model: A model, or an `nn.Module` that takes (B, C, H, W) in [0, 1].
        dataset: With masks; objects come from its own samples.
        layer: Whose output is the features; see `durometer.models.features.Features`.
        pool: What is done with maps and tokens.
        by: How features are compared.
        of: Whose object is put in, by the classes of the samples.
        isolate: Show all three before plain gray. Otherwise the pictures that share the pose share the
            background too, and what counts as pose is both.
        canvas: What pictures are brought to first.
        seed: Of the draw of objects.
        limit: The first so many samples only.

    Raises:
        ModelError: the model lacks the layer.
        DataError: there is not one triplet.
    """
    features, left_out = Features(model, layer, pool=pool), Counter[str]()
    space = canvas or Canvas()
    bank = build_references(dataset, space, seed=seed)
    found: list[Tensor] = []
    for i in range(len(dataset) if limit is None else min(limit, len(dataset))):
        try:
            triplet = _triplet(to_canvas(dataset[i], space), bank, seed, of, isolate)
        except DataError as error:
            left_out[error.what] += 1
            continue
        if isinstance(triplet, str):
            left_out[triplet] += 1
        else:
            found.append(features(triplet))
    if not found:
        reason = next(iter(left_out), "the data set is empty")
        raise DataError("there is not one triplet of identity and pose", fix=f"The first reason: {reason}")
    return IdentityPose(disentanglement(torch.stack(found).numpy(), by=by), features.what, dict(left_out))


def _triplet(sample: Sample, bank: ReferenceBank, seed: int, of: Kinship, isolate: bool) -> Tensor | str:
    """Return (3, C, H, W): swapped, same identity, same pose; or why there is none."""
    if "mask" not in sample.aux:
        return "this sample has no mask"
    swap, batch = ObjectSwap(of=of), Batch.of([sample])
    dice = Dice(seed, swap.name, swap.version, batch.ids)
    (chosen,) = pick(bank, batch.ids, dice, targets=batch.y, of=of)
    both = bank.image(chosen, int(batch.x.shape[-2]), int(batch.x.shape[-1]))[None].to(batch.x)
    reference = both[:, :3] if batch.x.shape[1] == 3 else luma(both[:, :3])
    mask, other = batch.aux["mask"], both[:, 3:]
    gray = plain(batch.x, GRAY)
    behind = gray if isolate else fill(batch.x, mask)
    aux = {"mask": mask, "filled": behind, "reference": reference, "reference_mask": other}
    swapped = stress(swap, batch.but(aux=aux), dice)
    if swapped.refused:
        return swapped.refused[0]
    pictures = (batch.x, mask), (reference, other)
    target, source = (over(gray, *cut(*p)) if isolate else p[0] for p in pictures)
    return torch.cat((swapped.x, source, target))
