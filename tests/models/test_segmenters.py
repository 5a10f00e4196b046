"""Makers of masks: known answers, the network's loss and file, and stand-ins for the networks of others."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save, save_file
from torch import nn

from durometer.core import ModelError, PlanError, UnknownNameError
from durometer.data.images import read_image
from durometer.data.masks import read_mask
from durometer.data.scenes import Scenes
from durometer.models.segmenters import SEGMENTERS, Segmenter
from durometer.models.segmenters.basnet import PUBLISHED, PredictRefine
from durometer.models.segmenters.hybrid import hybrid_loss, iou_loss, supervised
from durometer.models.segmenters.torch_module import TorchSegmenter
from durometer.models.segmenters.weights import load_predict_refine, shipped
from durometer.ops.overlap import iou
from durometer.ops.shrink import shrunk

OWN = ("grabcut", "predict-refine", "saliency")


def picture(at=(0.5, 0.5), radius=0.2, size=(72, 96)):
    """A red ellipse on noisy green, and its mask."""
    y, x = torch.meshgrid(*((torch.arange(n) + 0.5) / n for n in size), indexing="ij")
    shape = ((y - at[0]) ** 2 + (x - at[1]) ** 2 < radius**2)[None, None]
    red, green = (torch.tensor(c)[None, :, None, None] for c in ((0.8, 0.15, 0.1), (0.2, 0.55, 0.25)))
    noise = torch.from_numpy(np.random.default_rng(0).normal(0, 0.02, (1, 3, *size))).float()
    return (torch.where(shape, red, green) + noise).clamp(0, 1), shape.float()


def box_of(mask, grow=3):
    rows, columns = np.flatnonzero(mask[0, 0].any(1)), np.flatnonzero(mask[0, 0].any(0))
    ends = (columns[0] - grow, rows[0] - grow, columns[-1] + 1 + grow, rows[-1] + 1 + grow)
    return torch.tensor([ends], dtype=torch.float32)


@pytest.mark.parametrize("at", [(0.5, 0.5), (0.4, 0.62)])
@pytest.mark.parametrize(("name", "sure"), [("grabcut", 0.9), ("saliency", 0.6)])
def test_oracle_two_colors_are_parted_at_their_edge(name, sure, at):
    x, mask = picture(at)
    found = SEGMENTERS.make(name)(x)
    assert float(iou(found.masks, mask)) > 0.97
    assert sure < float(found.confidence) <= 1


def test_oracle_a_box_chooses_among_two_objects():
    left, right = picture((0.5, 0.25), 0.14), picture((0.5, 0.75), 0.14)
    x = torch.where(right[1] > 0, right[0], left[0])
    for _, mask in (left, right):
        found = SEGMENTERS.make("grabcut")(x, box_of(mask))
        assert float(iou(found.masks, mask)) > 0.97
        outside = 1 - box_mask(x, box_of(mask))
        assert float((found.masks * outside).sum()) == 0
    both = SEGMENTERS.make("saliency")(x).masks
    assert float(iou(both, torch.maximum(left[1], right[1]))) > 0.9


def box_mask(x, box):
    left, top, right, bottom = (int(v) for v in box[0])
    inside = torch.zeros_like(x[:, :1])
    inside[..., top:bottom, left:right] = 1
    return inside


@pytest.mark.parametrize("name", ["grabcut", "saliency"])
def test_oracle_a_plain_picture_has_no_object_and_no_confidence(name):
    found = SEGMENTERS.make(name)(torch.full((1, 3, 48, 48), 0.5))
    assert float(found.masks.max()) < 0.5
    assert float(found.confidence) == 0


@pytest.mark.parametrize("name", OWN)
def test_contract_a_sample_is_the_same_in_any_batch(name):
    method = SEGMENTERS.make(name)
    x = torch.cat([picture((0.5, 0.5))[0], picture((0.4, 0.6))[0], picture((0.6, 0.4), 0.1)[0]])
    boxes = torch.tensor([[0.0, 0, 0, 0], [30, 10, 80, 50], [0, 0, 0, 0]])
    before = x.clone()
    together = method(x, boxes)
    for i in range(3):
        alone = method(x[i : i + 1], boxes[i : i + 1])
        # convolutions may round otherwise in another batch: less than a tenth of a gray level
        torch.testing.assert_close(together.masks[i : i + 1], alone.masks, atol=2e-4, rtol=0)
        torch.testing.assert_close(together.confidence[i : i + 1], alone.confidence, atol=2e-4, rtol=0)
    assert torch.equal(x, before)
    assert together.masks.shape == (3, 1, *x.shape[-2:])
    assert isinstance(method, Segmenter)
    assert 0 <= float(together.masks.min()) <= float(together.masks.max()) <= 1


@pytest.mark.parametrize("box", [(10, 10, 10.4, 10.4), (0, 0, 1, 1), (95, 0, 96, 72), (-5, -5, 500, 500)])
def test_contract_any_box(box):
    x = picture()[0]
    found = SEGMENTERS.make("grabcut")(x, torch.tensor([box], dtype=torch.float32))
    outside = 1 - box_mask(x, torch.tensor([box]).clamp(min=0))
    assert float((found.masks * outside).sum()) == 0
    assert bool(found.masks.isfinite().all())


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("size", [(17, 200), (33, 32), (150, 40)])
def test_contract_any_size_and_gray_pictures(name, size):
    x = torch.from_numpy(np.random.default_rng(1).random((1, 1, *size), np.float32)).expand(-1, 3, -1, -1)
    found = SEGMENTERS.make(name)(x)
    assert found.masks.shape == (1, 1, *size)
    assert bool(found.masks.isfinite().all())


def test_differential_hybrid_loss_with_numpy():
    dice = np.random.default_rng(2)
    logits, truth = dice.normal(size=(2, 1, 13, 12)), dice.integers(0, 2, (2, 1, 13, 12)).astype(float)
    p = 1 / (1 + np.exp(-logits))
    bce = -(truth * np.log(p) + (1 - truth) * np.log(1 - p)).mean(axis=(1, 2, 3))
    both = (p * truth).sum(axis=(1, 2, 3))
    overlap = 1 - both / (p.sum(axis=(1, 2, 3)) + truth.sum(axis=(1, 2, 3)) - both)
    similar = np.array([plain_ssim(a[0], b[0]) for a, b in zip(p, truth, strict=True)])
    found = hybrid_loss(torch.from_numpy(logits), torch.from_numpy(truth))
    assert found.numpy() == pytest.approx(bce + (1 - similar) + overlap, abs=1e-9)
    sides = [torch.from_numpy(logits), torch.from_numpy(-logits)]
    want = found.mean() + hybrid_loss(sides[1], torch.from_numpy(truth)).mean()
    assert float(supervised(sides, torch.from_numpy(truth))) == pytest.approx(float(want))


def plain_ssim(x, y):
    """SSIM with a separable Gaussian of 11 pixels, sigma 1.5, as plain sums over shifted copies."""
    weights = np.exp(-(np.arange(-5, 6) ** 2) / 4.5)
    weights /= weights.sum()

    def mean(z):
        z = np.pad(z, 5)
        z = sum(w * z[:, k : z.shape[1] - 10 + k] for k, w in enumerate(weights))
        return sum(w * z[k : z.shape[0] - 10 + k] for k, w in enumerate(weights))

    a, b = mean(x), mean(y)
    va, vb, both = mean(x * x) - a * a, mean(y * y) - b * b, mean(x * y) - a * b
    return ((2 * a * b + 1e-4) * (2 * both + 9e-4) / ((a * a + b * b + 1e-4) * (va + vb + 9e-4))).mean()


def test_oracle_iou_loss_by_hand():
    mask, truth = torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)
    mask[0, 0, 0] = 0.5  # two pixels of a half
    truth[0, 0, :, 0] = 1  # two pixels, one of them among those
    # both: 0.5; either: 1 + 2 - 0.5
    assert float(iou_loss(mask, truth)) == pytest.approx(1 - 0.5 / 2.5)


def test_oracle_the_published_size_has_the_published_count():
    with torch.device("meta"):
        module = PredictRefine(**PUBLISHED)
    # The authors' code has 87,060,360. 7,680 of them are biases of convolutions before a norm, which takes
    # them away again: 64 of the stem, 1,536 of the bridge, 5,504 of the decoder, 576 of the refinement.
    assert sum(p.numel() for p in module.parameters()) == 87_060_360 - 7_680


def test_oracle_eight_outputs_and_a_refinement_that_begins_where_the_side_ends():
    module = PredictRefine(width=4, refine=4).eval()
    nn.init.zeros_(module.refine.last.weight)
    nn.init.zeros_(module.refine.last.bias)
    with torch.no_grad():
        outputs = module(torch.rand(2, 3, 50, 70))
    assert [tuple(o.shape) for o in outputs] == [(2, 1, 50, 70)] * 8
    assert torch.equal(outputs[0], outputs[1])  # residual 0


def test_oracle_training_lowers_the_loss():
    torch.manual_seed(0)
    module = PredictRefine(width=4, refine=4).train()
    optimizer = torch.optim.Adam(module.parameters(), lr=3e-3)
    samples = [Scenes(split="same", n=4, size=32, seed=3)[i] for i in range(4)]
    x, truth = torch.stack([s.x for s in samples]) / 255, torch.stack([s.aux["mask"] for s in samples])
    losses = []
    for _ in range(15):
        loss = supervised(module(x), truth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.85 * losses[0]


def test_golden_the_shipped_network_finds_objects_of_scenes_it_never_saw():
    about = shipped()
    assert about["parameters"] <= 1_000_000
    assert about["bytes"] < 1_000_000
    assert about["figures"]["uniform"]["low"] > 0.8
    samples = [Scenes(split="uniform", n=60, size=64, seed=1)[i] for i in range(60)]
    x, truth = torch.stack([s.x for s in samples]) / 255, torch.stack([s.aux["mask"] for s in samples])
    found = SEGMENTERS.make("predict-refine")(x)
    assert float(iou(found.masks, truth).median()) > 0.8


def saved(path, module, **metadata):
    state = {k: v.contiguous() for k, v in module.state_dict().items() if v.is_floating_point()}
    save_file(state, path, metadata=metadata)
    return path


def test_oracle_ones_own_weights_come_back(tmp_path):
    torch.manual_seed(1)
    module = PredictRefine(width=3, refine=5, blocks=(1, 2, 1, 1, 1, 1)).half().float().eval()
    options = json.dumps({"width": 3, "refine": 5, "blocks": [1, 2, 1, 1, 1, 1]})
    path = saved(tmp_path / "own.safetensors", module, options=options)
    half = {k: v.half() for k, v in module.state_dict().items() if v.is_floating_point()}
    (tmp_path / "half.safetensors").write_bytes(save(half, metadata={"options": options}))
    x = torch.rand(1, 3, 64, 64)
    for file in (path, tmp_path / "half.safetensors"):
        with torch.no_grad():
            assert torch.equal(load_predict_refine(file)(x)[0], module(x)[0])
    method = SEGMENTERS.make("predict-refine", {"weights": str(path), "side": 64})
    with torch.no_grad():
        assert torch.equal(method(x).masks, module(x)[0].sigmoid())


def test_errors_of_weights_say_what_is_wrong(tmp_path):
    module = PredictRefine(width=3, refine=3)
    (tmp_path / "text.safetensors").write_text("no")
    saved(tmp_path / "mute.safetensors", module)
    saved(tmp_path / "list.safetensors", module, options="[3]")
    saved(tmp_path / "other.safetensors", module, options='{"width": 4, "refine": 3}')
    saved(tmp_path / "strange.safetensors", module, options='{"depth": 4}')
    for name, message in (
        ("absent", "there is no such file"),
        ("text", "no safetensors file"),
        ("mute", "does not say the size"),
        ("list", "does not say the size"),
        ("other", "don't fit"),
        ("strange", "don't fit"),
    ):
        with pytest.raises(ModelError, match=message):
            load_predict_refine(tmp_path / f"{name}.safetensors")
    state = {k: v for k, v in module.state_dict().items() if not k.startswith("refine")}
    save_file(state, tmp_path / "part.safetensors", metadata={"options": '{"width": 3, "refine": 3}'})
    with pytest.raises(ModelError, match="lack 'refine"):
        load_predict_refine(tmp_path / "part.safetensors")


def test_errors_of_names_and_parameters():
    with pytest.raises(UnknownNameError, match="grabcut"):
        SEGMENTERS.make("grabcat")
    with pytest.raises(PlanError, match="rounds"):
        SEGMENTERS.make("grabcut", {"rounds": 0})


class Redness(nn.Module):
    """Logits (B, 3, H / 2, W / 2): background, red things, green things."""

    def __init__(self, key="out"):
        super().__init__()
        self.key = key

    def forward(self, x):
        small = nn.functional.avg_pool2d(x, 2)
        red, green = 40 * (small[:, :1] - 0.5), 40 * (small[:, 1:2] - 0.4)
        logits = torch.cat((torch.zeros_like(red), red, green), dim=1)
        return {self.key: logits, "aux": 0} if self.key else logits


PLAIN = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}


@pytest.mark.parametrize("key", ["out", ""])
def test_oracle_any_module_with_logits_is_a_segmenter(key):
    x, mask = picture()
    module = Redness(key).train()
    method = TorchSegmenter.of(module, classes=(1,), **PLAIN)
    assert float(iou(method(x).masks, mask)) > 0.95
    assert float(iou(TorchSegmenter.of(module, classes=(2,), **PLAIN)(x).masks, 1 - mask)) > 0.95
    assert float(TorchSegmenter.of(module, **PLAIN)(x).masks.mean()) > 0.9  # red and green are object
    assert module.training  # the caller's own is left as it is
    cut = method(x, torch.tensor([[0.0, 0, 48, 72]]))
    assert float(cut.masks[..., 48:].max()) == 0


def test_oracle_pixels_reach_a_module_standardized_and_resized():
    class See(nn.Module):
        def forward(self, x):
            self.seen = x
            return x.mean(dim=1, keepdim=True)

    method = TorchSegmenter.of(See(), side=36)
    found = method(torch.full((1, 3, 72, 96), 0.5))
    seen = method.network.seen
    assert seen.shape == (1, 3, 36, 48)
    # (0.5 - mean) / std of ImageNet, channel by channel
    assert seen[0, :, 0, 0].tolist() == pytest.approx([0.015 / 0.229, 0.044 / 0.224, 0.094 / 0.225], abs=1e-5)
    logit = (0.015 / 0.229 + 0.044 / 0.224 + 0.094 / 0.225) / 3
    assert float(found.masks[0, 0, 5, 5]) == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-6)


def test_errors_of_modules():
    with pytest.raises(ModelError, match="not logits"):
        TorchSegmenter.of(Redness("scores"))(picture()[0])
    with pytest.raises(ModelError, match="no class 7"):
        TorchSegmenter.of(Redness(), classes=(7,))(picture()[0])
    with pytest.raises(ModelError, match="form package"):
        SEGMENTERS.make("torch")(picture()[0])


@pytest.mark.parametrize("name", ["sam", "transformers"])
def test_errors_networks_of_transformers_need_a_local_folder(name, tmp_path):
    pytest.importorskip("transformers")
    with pytest.raises(ModelError, match="nothing is downloaded"):
        SEGMENTERS.make(name)(picture()[0])
    with pytest.raises(ModelError, match="no such folder"):
        SEGMENTERS.make(name, {"weights": "facebook/sam-vit-base"})(picture()[0])
    with pytest.raises(ModelError, match="can be loaded"):
        SEGMENTERS.make(name, {"weights": str(tmp_path)})(picture()[0])


def test_oracle_a_tiny_segformer_from_a_folder(tmp_path):
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.SegformerConfig(
        num_labels=3, hidden_sizes=[8, 8, 8, 8], depths=[1, 1, 1, 1], num_attention_heads=[1, 1, 1, 1],
        decoder_hidden_size=8,
    )  # fmt: skip
    module = transformers.SegformerForSemanticSegmentation(config).eval()
    module.save_pretrained(tmp_path)
    said = {"size": {"height": 64, "width": 64}, "image_mean": [0.5] * 3, "image_std": [0.25] * 3}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(said))
    x = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        shares = module((x - 0.5) / 0.25).logits.softmax(dim=1)
    want = nn.functional.interpolate(1 - shares[:, :1], size=(64, 64), mode="bilinear", align_corners=False)
    found = SEGMENTERS.make("transformers", {"weights": str(tmp_path)})(x)
    torch.testing.assert_close(found.masks, want, atol=1e-5, rtol=0)
    one = SEGMENTERS.make("transformers", {"weights": str(tmp_path), "classes": [2]})(x)
    want = nn.functional.interpolate(shares[:, 2:], size=(64, 64), mode="bilinear", align_corners=False)
    torch.testing.assert_close(one.masks, want, atol=1e-5, rtol=0)


def tiny_sam(transformers):
    vision = transformers.SamVisionConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=64, patch_size=8, mlp_dim=16,
        output_channels=16, window_size=2, global_attn_indexes=[0], num_pos_feats=8,
    )  # fmt: skip
    prompt = transformers.SamPromptEncoderConfig(
        hidden_size=16, image_size=64, patch_size=8, mask_input_channels=4, num_point_embeddings=4
    )
    decoder = transformers.SamMaskDecoderConfig(
        hidden_size=16, mlp_dim=16, num_hidden_layers=1, num_attention_heads=2, iou_head_hidden_dim=16,
        iou_head_depth=2,
    )  # fmt: skip
    torch.manual_seed(0)
    parts = {"vision_config": vision, "prompt_encoder_config": prompt, "mask_decoder_config": decoder}
    return transformers.SamModel(transformers.SamConfig(**parts)).eval()


def test_oracle_a_tiny_sam_is_asked_with_the_scaled_box_or_the_middle(tmp_path):
    transformers = pytest.importorskip("transformers")
    module = tiny_sam(transformers)
    module.save_pretrained(tmp_path)
    method = SEGMENTERS.make("sam", {"weights": str(tmp_path)})
    x = torch.rand(1, 3, 64, 128)  # long side 128: scaled by a half to 32 x 64, padded below
    asked = []
    hook = method.network.register_forward_pre_hook(
        lambda _, __, given: asked.append(given), with_kwargs=True
    )
    boxed = method(x, torch.tensor([[20.0, 10, 100, 50]]))
    free = method(x, torch.zeros(1, 4))
    hook.remove()
    assert asked[0]["input_boxes"].tolist() == [[[10.0, 5, 50, 25]]]
    assert asked[1]["input_points"].tolist() == [[[[32.0, 16.0]]]]
    assert asked[0]["pixel_values"].shape == (1, 3, 64, 64)
    assert float(asked[0]["pixel_values"][..., 32:, :].abs().max()) == 0
    with torch.no_grad():
        answer = module(pixel_values=asked[0]["pixel_values"], input_boxes=asked[0]["input_boxes"])
    best = answer.iou_scores[0, 0].argmax()
    assert float(boxed.confidence) == pytest.approx(
        float(answer.iou_scores[0, 0, best].clamp(0, 1)), abs=1e-6
    )
    full = nn.functional.interpolate(answer.pred_masks[0, 0, best][None, None], (64, 64), mode="bilinear")
    want = nn.functional.interpolate(full[..., :32, :], (64, 128), mode="bilinear").sigmoid()
    torch.testing.assert_close(boxed.masks, want, atol=1e-5, rtol=0)
    assert free.masks.shape == (1, 1, 64, 128)


def test_differential_grabcut_with_opencv():
    cv2 = pytest.importorskip("cv2")
    x, mask = picture((0.45, 0.4), 0.25)
    box = box_of(mask)
    image = (x[0].permute(1, 2, 0).numpy()[..., ::-1] * 255).round().astype(np.uint8).copy()
    state = np.zeros(image.shape[:2], np.uint8)
    left, top, right, bottom = (int(v) for v in box[0])
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(image, state, (left, top, right - left, bottom - top), *models, 5, cv2.GC_INIT_WITH_RECT)
    theirs = torch.from_numpy((state == cv2.GC_PR_FGD).astype(np.float32))[None, None]
    assert float(iou(SEGMENTERS.make("grabcut")(x, box).masks, theirs)) > 0.97


@pytest.mark.real_data
def test_oracle_cats_and_dogs_with_masks_drawn_by_people():
    folder = os.environ.get("DUROMETER_TEST_DATA")
    if not folder:
        pytest.skip("DUROMETER_TEST_DATA is not set")
    pets = Path(folder) / "pets"
    with (pets / "index.csv").open() as file:
        rows = list(csv.DictReader(file))[::4]
    found = []
    for row in rows:
        picture = read_image(pets / row["image"])
        true = read_mask(pets / row["mask"], picture)[None]
        x = shrunk(picture.x[None] / 255, 256)
        mask = nn.functional.interpolate(
            SEGMENTERS.make("grabcut")(x).masks, size=picture.size, mode="bilinear"
        )
        found.append(float(iou(mask, true)))
    assert np.median(found) > 0.6  # 0.755 over all sixteen, see docs/masks.md
