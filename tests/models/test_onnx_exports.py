"""Networks as torch exports them, old way and new: the same answers and the same gradients come back."""

import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from durometer.models import load_model

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


class Block(nn.Module):
    """A block of a vision transformer, with attention by hand or by torch's one call."""

    def __init__(self, fused, width=12, heads=3):
        super().__init__()
        self.fused, self.heads = fused, heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 24), nn.GELU(), nn.Linear(24, width))

    def forward(self, x):
        b, n, d = x.shape
        parts = self.qkv(self.before(x)).reshape(b, n, 3, self.heads, d // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)
        if self.fused:
            mixed = F.scaled_dot_product_attention(q, k, v)
        else:
            mixed = ((q @ k.transpose(-1, -2)) * (d // self.heads) ** -0.5).softmax(dim=-1) @ v
        x = x + self.out(mixed.transpose(1, 2).reshape(b, n, d))
        return x + self.mlp(self.between(x))


class Transformer(nn.Module):
    """Patches, a token in front, positions, one block."""

    def __init__(self, fused):
        super().__init__()
        self.patches, self.block, self.head = nn.Conv2d(3, 12, 4, 4), Block(fused), nn.Linear(12, 5)
        self.token, self.position = (nn.Parameter(torch.randn(1, n, 12)) for n in (1, 5))

    def forward(self, x):
        t = self.patches(x).flatten(2).transpose(1, 2)
        t = torch.cat([self.token.expand(x.shape[0], -1, -1), t], dim=1) + self.position
        return self.head(self.block(t)[:, 0])


class Encoder(nn.Module):
    """torch's own encoder layer."""

    def __init__(self):
        super().__init__()
        self.patches, self.head = nn.Conv2d(3, 12, 4, 4), nn.Linear(12, 5)
        self.layer = nn.TransformerEncoderLayer(12, 2, 24, batch_first=True, activation="gelu")

    def forward(self, x):
        return self.head(self.layer(self.patches(x).flatten(2).transpose(1, 2)).mean(dim=1))


class Pictures(nn.Module):
    """What is done to pictures on the way: mirrored edges, a roll, cubic resizing, a length of one."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(3 * 64, 5)

    def forward(self, x):
        x = F.pad(x, (2, 1, 1, 2), mode="reflect")[:, :, 1:-1, 2:]
        x = F.interpolate(x, size=(8, 8), mode="bicubic", align_corners=False).roll(1, 2)
        x = torch.where(x > 0.5, x, 0.1 * x)
        return self.head((x / x.norm(dim=1, keepdim=True).clamp_min(1e-3)).flatten(1))


def convolutional():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.SiLU(),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        nn.Conv2d(8, 8, 3, groups=4), nn.GroupNorm(2, 8), nn.Hardswish(),
        nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.PixelShuffle(2), nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1),
        nn.LeakyReLU(0.2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5),
    )  # fmt: skip


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(24, 6, batch_first=True), nn.Linear(6, 5)

    def forward(self, x):
        return self.head(self.lstm(x.permute(0, 2, 1, 3).flatten(2))[0][:, -1])


NETWORKS = {
    "transformer": lambda: Transformer(fused=False),
    "transformer, fused": lambda: Transformer(fused=True),
    "encoder": Encoder,
    "convolutional": convolutional,
    "pictures": Pictures,
}


def exported(network, path, *, opset, free, dynamo):
    x = torch.rand(2, 3, 8, 8)
    free_old = {"x": {0: "N"}} if free else None
    free_new = ({0: torch.export.Dim("N")},) if free else None
    how = {"dynamic_shapes": free_new, "verbose": False, "external_data": False} if dynamo else {
        "dynamic_axes": free_old, "input_names": ["x"]}  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # exporters announce themselves
        torch.onnx.export(network, (x,), path, opset_version=opset, dynamo=dynamo, **how)
    return path


def check(network, path):
    """Answers and gradients of five inputs agree with the module that was exported."""
    model = load_model(path)
    assert "grad" in model.card.traits, model.card.guesses
    x = torch.rand(5, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    fixed = torch.rand(5, 5, generator=torch.Generator().manual_seed(2))
    gradients = []
    for asked in (network, model):
        leaf = x.clone().requires_grad_(True)
        output = asked(leaf)
        gradients.append(torch.autograd.grad((output * fixed).sum(), leaf)[0])
        torch.testing.assert_close(output, model(x), atol=1e-5, rtol=1e-5)
    scale = float(gradients[0].abs().amax())
    torch.testing.assert_close(gradients[1], gradients[0], atol=1e-5 * scale, rtol=1e-4)


@pytest.fixture
def seeded():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.mark.parametrize("free", [True, False])
@pytest.mark.parametrize(
    ("name", "opset"),
    [(name, opset) for name in NETWORKS for opset in (13, 17, 20)
     if opset > 13 or name not in ("transformer, fused", "encoder")],
)  # fmt: skip
def test_differential_tracing_exporter(tmp_path, seeded, name, opset, free):
    network = NETWORKS[name]().eval()
    check(network, exported(network, tmp_path / "net.onnx", opset=opset, free=free, dynamo=False))


@pytest.mark.slow
@pytest.mark.parametrize("free", [True, False])
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("opset", [18, 23])  # from 23 on attention is one operation
def test_differential_graph_exporter(tmp_path, seeded, name, opset, free):
    pytest.importorskip("onnxscript", reason="torch's newer exporter needs onnxscript")
    network = NETWORKS[name]().eval()
    check(network, exported(network, tmp_path / "net.onnx", opset=opset, free=free, dynamo=True))


def test_a_recurrent_network_answers_and_says_why_it_has_no_gradients(tmp_path, seeded):
    network = Recurrent().eval()
    model = load_model(exported(network, tmp_path / "net.onnx", opset=17, free=False, dynamo=False))
    assert "grad" not in model.card.traits
    assert any(g.startswith("There are no gradients: the operation LSTM (") for g in model.card.guesses)
    x = torch.rand(3, 3, 8, 8)
    torch.testing.assert_close(model(x), network(x).detach(), atol=1e-5, rtol=1e-5)
