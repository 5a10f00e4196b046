"""Tokens inside a frozen transformer: where they are added, that nothing else moves, and what they learn."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from durometer.core import Sample, UsageError
from durometer.harden.prompt_tokens import PromptTokens, inputs_of
from durometer.harden.resolution import ResolutionTokens
from durometer.models import zoo
from durometer.models.module import module_digest
from durometer.ops.pil_bicubic import down_and_up

BLOCKS = tuple(f"blocks.{i}" for i in range(4))
LIKE = torch.zeros(1, 3, 64, 64)


class Steps(nn.Module):
    """Two linear blocks over tokens, with a token of the class in front."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.Linear(2, 2, bias=False), nn.Linear(2, 2), nn.Linear(2, 2)

    def forward(self, x):
        tokens = torch.cat((torch.zeros(len(x), 1, 2), x.flatten(2).transpose(1, 2)), dim=1)
        return self.head(self.second(self.first(tokens)).mean(1))


@pytest.fixture
def vit():
    return zoo.load("scenes/vit").module


@pytest.fixture
def pictures():
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (8, 3, 64, 64), generator=generator, dtype=torch.uint8)


class Pictures:
    name, labels = "pictures", ("a",)

    def __init__(self, x):
        self.x = x

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return Sample(str(i), self.x[i], frozenset({0}))

    def ids(self):
        return [str(i) for i in range(len(self))]


def filled(tokens, seed=0):
    generator = torch.Generator().manual_seed(seed)
    for p in tokens.tokens:
        p.data = torch.randn(p.shape, generator=generator)
    return tokens


def test_untrained_tokens_change_nothing(vit, pictures):
    x = pictures / 255.0
    assert torch.equal(PromptTokens(vit, before=(*BLOCKS, "norm"), like=LIKE)(x), vit(x))


def test_oracle_tokens_are_added_before_the_blocks(vit, pictures):
    x = pictures / 255.0
    wrapped = filled(PromptTokens(vit, before=("blocks.0", "blocks.2"), like=LIKE))
    assert [tuple(p.shape) for p in wrapped.tokens] == [(64, 64)] * 2
    tokens = vit.embed(x).flatten(2).transpose(1, 2) + vit.places
    tokens = vit.blocks[1](vit.blocks[0](tokens + wrapped.tokens[0]))
    tokens = vit.blocks[3](vit.blocks[2](tokens + wrapped.tokens[1]))
    assert torch.equal(wrapped(x), vit.head(vit.norm(tokens).mean(1)))
    assert torch.equal(wrapped.base(x), vit(x))  # without them, and with no hook left behind


def test_oracle_tokens_of_the_class_are_left_alone():
    network, x = Steps(), torch.rand(2, 2, 1, 3)
    wrapped = filled(PromptTokens(network, before=("first", "second"), like=x[:1], skip=1))
    # all is linear, so the mean of 4 tokens moves by a quarter of the sum of what was added to 3
    first, second = wrapped.tokens
    moved = (first.sum(0) @ network.first.weight.T + second.sum(0)) @ network.second.weight.T / 4
    assert torch.allclose(wrapped(x) - network(x), moved @ network.head.weight.T, atol=1e-5)


def test_only_tokens_are_trained_and_the_given_ones_stay(vit, pictures):
    digest = module_digest(vit)
    student = PromptTokens(vit, before=BLOCKS, like=LIKE)
    recipe = ResolutionTokens(sides=((8, 16),), feature="head")
    done = recipe.train(student, Pictures(pictures), epochs=2, batch_size=4)
    assert module_digest(vit) == module_digest(student.base) == module_digest(done.base) == digest
    assert all(not p.any() for p in student.tokens)
    assert all(p.any() for p in done.tokens)
    assert not any(p.requires_grad for p in done.base.parameters())
    assert not done.training
    assert not done.train().base.training
    again = recipe.train(student, Pictures(pictures), epochs=2, batch_size=4)
    assert all(torch.equal(a, b) for a, b in zip(done.tokens, again.tokens, strict=True))
    # a copy carries its own tokens: what moves in one stays in the other
    other = filled(copy.deepcopy(done))
    assert not torch.equal(other(LIKE), done(LIKE))


@pytest.mark.parametrize("by", ["contrast", "match"])
def test_oracle_the_loss_is_the_mean_over_the_views(by, vit, pictures):
    x = pictures / 255.0
    recipe = ResolutionTokens(sides=((8, 8), (24, 24)), by=by, whole=2.0, temperature=0.5, feature="head")
    student = filled(PromptTokens(vit, before=("norm",), like=LIKE))

    def seen(network, x):
        with inputs_of(student.base, "head") as held:
            network(x)
        return held[0]

    wanted = F.normalize(seen(student.base, x))
    terms = []
    for view in (down_and_up(x, 8), down_and_up(x, 24), x):
        cosine = F.normalize(seen(student, view)) @ wanted.T
        logits = (cosine / 0.5).exp()
        both = -(cosine.diag() / 0.5 - logits.sum(0).log() / 2 - logits.sum(1).log() / 2).mean()
        terms.append(both if by == "contrast" else 1 - cosine.diag().mean())
    wanted_loss = (terms[0] + terms[1] + 2 * terms[2]) / 4
    assert float(recipe.loss(student, x, torch.Generator()).detach()) == pytest.approx(
        float(wanted_loss.detach()), rel=1e-5
    )


def test_oracle_a_shift_that_poor_pictures_cause_is_taken_back():
    # A network that sees by how much pixels differ from those around them, which low resolution
    # takes away: tokens that give it back bring the features together.
    class Detail(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = nn.Identity()

        def forward(self, x):
            rough = (x - F.avg_pool2d(x, 3, 1, 1)).abs()
            tokens = self.block(F.avg_pool2d(rough, 16).flatten(2).transpose(1, 2))  # (B, 16, 3)
            return tokens.flatten(1) - 0.05

    x = torch.randint(0, 256, (32, 3, 64, 64), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    student = PromptTokens(Detail(), before=("block",), like=LIKE)
    recipe = ResolutionTokens(sides=((16, 16),), by="match", whole=0.0)
    done = recipe.train(student, Pictures(x), epochs=20, batch_size=16, learning_rate=0.05)
    poor, good = down_and_up(x / 255.0, 16), student.base(x / 255.0)
    before, after = (F.cosine_similarity(s(poor), good).mean() for s in (student, done))
    assert before < 0
    assert after > 0.95


def test_errors(vit, pictures):
    with pytest.raises(UsageError, match=r"no module 'blocks\.9'\. Name some of: embed, "):
        PromptTokens(vit, before=("blocks.9",), like=LIKE)
    with pytest.raises(UsageError, match="each module once and at least one"):
        PromptTokens(vit, before=(), like=LIKE)
    with pytest.raises(UsageError, match=r"embed takes \[\(1, 3, 64, 64\)\], not once tokens"):
        PromptTokens(vit, before=("embed",), like=LIKE)
    with pytest.raises(UsageError, match="T above 64"):
        PromptTokens(vit, before=("norm",), like=LIKE, skip=64)
    small = PromptTokens(nn.Sequential(nn.Flatten(2), nn.Identity()), before=("1",), like=LIKE)
    with pytest.raises(UsageError, match=r"1 takes 1 tokens of this input, not 3\. Give pictures"):
        small(torch.zeros(1, 1, 64, 64))
    student, data = PromptTokens(vit, before=("norm",), like=LIKE), Pictures(pictures)
    with pytest.raises(UsageError, match="1 epochs of 8 pictures in batches of 64 are no training"):
        ResolutionTokens().train(student, data, epochs=1)
    with pytest.raises(UsageError, match="no module 'tail'"):
        ResolutionTokens(feature="tail").train(student, data, epochs=1, batch_size=4)
    with pytest.raises(UsageError, match=r"what norm takes, .* Read it at a later module"):
        ResolutionTokens(feature="norm").train(student, data, epochs=1, batch_size=4)
    with pytest.raises(UsageError, match=r"at least one such range, not \(\(32, 16\),\)"):
        ResolutionTokens(sides=((32, 16),)).train(student, data, epochs=1, batch_size=4)
