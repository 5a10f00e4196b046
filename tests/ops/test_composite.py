"""Cut and paste."""

import torch

from durometer.ops.composite import cut, cutout, over, over_premultiplied, premultiplied


def square():
    mask = torch.zeros(1, 1, 12, 12)
    mask[..., 4:8, 4:8] = 1
    return mask


def test_over_is_exact_at_both_ends_and_linear_between():
    back, front = torch.full((1, 3, 1, 3), 0.3), torch.full((1, 3, 1, 3), 0.7)
    alpha = torch.tensor([0.0, 0.25, 1.0]).reshape(1, 1, 1, 3)
    got = over(back, front, alpha)[0, 0, 0]
    # 0.25 · 0.7 + 0.75 · 0.3 = 0.4
    assert got[0] == back[0, 0, 0, 0]
    assert got[2] == front[0, 0, 0, 0]
    assert abs(got[1].item() - 0.4) < 1e-6


def test_no_trace_of_the_old_background_comes_along():
    # a red object on green, pasted on blue: whatever is not blue must be red
    mask = square()
    x = torch.zeros(1, 3, 12, 12)
    x[:, 0], x[:, 1] = mask[:, 0], 1 - mask[:, 0]
    blue = torch.zeros_like(x)
    blue[:, 2] = 1
    pasted = over(blue, *cut(x, mask))
    assert float(pasted[:, 1].max()) == 0
    assert torch.equal(pasted[:, 0][mask[:, 0] > 0], torch.ones(16))
    moved = over_premultiplied(blue, cutout(x, mask))
    assert float(moved[:, 1].max()) == 0


def test_the_edge_of_a_soft_mask_takes_its_color_from_the_object():
    # photographed: alpha · red + (1 - alpha) · green; the cut takes out much of the green
    mask = square()
    soft = torch.nn.functional.avg_pool2d(mask, 3, stride=1, padding=1)
    x = torch.zeros(1, 3, 12, 12)
    x[:, 0], x[:, 1] = soft[:, 0], 1 - soft[:, 0]
    color, alpha = cut(x, soft)
    assert torch.equal(alpha, soft)
    edge = (soft > 0.3) & (soft < 0.98)
    assert float(color[:, 1][edge[:, 0]].max()) < 0.6 * float(x[:, 1][edge[:, 0]].max())


def test_whole_pixels_keep_their_color_to_the_bit():
    mask = square()
    x = torch.rand(1, 3, 12, 12, generator=torch.Generator().manual_seed(1))
    color, _ = cut(x, mask)
    inside = (mask > 0).expand_as(x)
    assert torch.equal(color[inside], x[inside])


def test_premultiplied_is_color_times_alpha_and_alpha():
    color, alpha = torch.full((1, 3, 1, 1), 0.5), torch.full((1, 1, 1, 1), 0.4)
    assert premultiplied(color, alpha).flatten().tolist() == torch.tensor([0.2, 0.2, 0.2, 0.4]).tolist()
