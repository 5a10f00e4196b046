"""The classical defenses that only hide gradients, in front of or inside the plain digits network."""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from durometer.core import Batch, Model, ModelCard
from durometer.tasks import Classification

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
TASK = Classification(tuple(frozenset({k}) for k in range(10)))


class Net(Model):
    """A module as a model that sees pictures as they are."""

    def __init__(self, net, name="net", output="logits"):
        self.net = net
        self.card = ModelCard(name, digest=name, traits=frozenset({"grad", "logits"}), output=output)

    def view(self, canvas, /):
        return canvas

    def visible(self, height, width, /):
        return 0.0, 0.0, float(height), float(width)

    def __call__(self, x, /):
        return self.net(x)


def network(which):
    from digit_networks import network

    net = network()
    net.load_state_dict(load_file(ROOT / "tests" / "attack" / "networks" / f"{which}.safetensors"))
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    return net.eval()


def points(n, start=0):
    from digit_networks import TRAIN, digits

    x, y = digits()
    at = slice(TRAIN + start, TRAIN + start + n)
    return Batch(tuple(f"d{i}" for i in range(n)), x[at], tuple(frozenset({int(k)}) for k in y[at]))


def behind(step, net=None):
    """A network that sees its inputs after a step."""
    net = net or network("plain")
    return lambda x: net(step(x))


def rounded(x, levels=8):
    """Round to so many levels."""
    return torch.round(x * (levels - 1)) / (levels - 1)


def compressed(x, quantum=0.3):
    """Round the 8 x 8 cosine coefficients, as JPEG does."""
    k = torch.arange(8.0)
    dct = torch.cos((2 * k[None] + 1) * k[:, None] * torch.pi / 16) / 2
    dct[0] /= 2**0.5
    n, c, h, w = x.shape
    blocks = x.reshape(n, c, h // 8, 8, w // 8, 8).permute(0, 1, 2, 4, 3, 5)
    blocks = dct.T @ (torch.round(dct @ blocks @ dct.T / quantum) * quantum) @ dct
    return blocks.permute(0, 1, 2, 4, 3, 5).reshape(n, c, h, w)


def thermometer(x, levels=8):
    """Encode as how many of the thresholds are passed, and give the network their share (bit reduction)."""
    thresholds = (torch.arange(levels - 1) + 0.5) / (levels - 1)
    return (x[..., None] > thresholds.to(x)).to(x).mean(dim=-1)


def soft_thermometer(x, levels=8, sharpness=20.0):
    """The thermometer with steps that have a slope."""
    thresholds = (torch.arange(levels - 1) + 0.5) / (levels - 1)
    return ((x[..., None] - thresholds.to(x)) * sharpness).sigmoid().mean(dim=-1)


def noisy(x, sd=0.15):
    """Add noise."""
    return x + sd * torch.randn_like(x)


def moved(x, smallest=28):
    """Shrink at random and put in a random place, one size and place a question."""
    side = int(torch.randint(smallest, 33, ()))
    small = torch.nn.functional.interpolate(x, size=side, mode="bilinear", align_corners=False)
    top, left = (int(torch.randint(0, 33 - side, ())) for _ in range(2))
    return torch.nn.functional.pad(small, (left, 32 - side - left, top, 32 - side - top))
