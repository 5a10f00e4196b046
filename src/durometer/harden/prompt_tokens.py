"""Trainable tokens inside a frozen transformer."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from durometer.core import UsageError


class PromptTokens(nn.Module):
    """A network whose weights stay as they are, with trainable tokens added to those that modules take.

    One token is added to each spatial token: T × C numbers a module, the same for every picture. All start at
    0, where the network answers to the bit as without them. Only the tokens take gradients, and the network
    stays in evaluation mode: no statistic of a norm moves either.

        PromptTokens(network, before=("blocks.0", "blocks.1", "norm"), like=torch.zeros(1, 3, 64, 64))

    Source: LR-TK0, Pathak et al. (2025).

    Args:
        network: Copied; the given one is not touched.
        before: Names of modules, as in `network.named_modules()`, whose first input is tokens (B, T, C).
        like: An input of the network, (1, C, H, W): the tokens' shapes are read from it.
        skip: Tokens at the front that are no part of the picture (of the class, registers); left alone.

    Raises:
        UsageError: if a name is unknown, comes twice, or its module does not take tokens (B, T, C).
    """

    def __init__(self, network: nn.Module, *, before: Sequence[str], like: Tensor, skip: int = 0) -> None:
        super().__init__()
        self.base = copy.deepcopy(network).eval().requires_grad_(False)
        self.before, self.skip = tuple(before), skip
        shapes = [_spatial(self.base, name, like, skip) for name in _checked(self.base, self.before)]
        self.tokens = nn.ParameterList(nn.Parameter(like.new_zeros(shape)) for shape in shapes)

    def forward(self, x: Tensor) -> Any:
        """Return what the network gives with the tokens added."""
        with self.added():
            return self.base(x)

    def train(self, mode: bool = True) -> PromptTokens:
        """Switch itself; the network inside stays in evaluation mode."""
        super().train(mode)
        self.base.eval()
        return self

    @contextmanager
    def added(self) -> Iterator[None]:
        """Add the tokens to whatever is asked of `base` inside; hooks live no longer, so copies are free."""
        with ExitStack() as stack:
            for name, own in zip(self.before, self.tokens, strict=True):
                hook = self._adding(own, name)
                stack.enter_context(_held(self.base.get_submodule(name).register_forward_pre_hook(hook)))
            yield

    def _adding(self, own: Tensor, name: str) -> Any:
        def add(module: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
            seen = given[0]
            if seen.shape[1] != self.skip + len(own):
                raise UsageError(
                    f"{name} takes {seen.shape[1]} tokens of this input, not {self.skip + len(own)}",
                    fix="Give pictures of the size of `like`",
                )
            front = seen[:, : self.skip]
            return (torch.cat((front, seen[:, self.skip :] + own), dim=1), *given[1:])

        return add


@contextmanager
def inputs_of(network: nn.Module, name: str) -> Iterator[list[Tensor]]:
    """Hold the first input of a module at each call inside.

    Raises:
        UsageError: if the network has no module of that name.
    """
    (name,) = _checked(network, (name,))
    held: list[Tensor] = []
    module = network.get_submodule(name)
    with _held(module.register_forward_pre_hook(lambda _, given: held.append(given[0]))):
        yield held


@contextmanager
def _held(handle: RemovableHandle) -> Iterator[None]:
    try:
        yield
    finally:
        handle.remove()


def _checked(network: nn.Module, names: Sequence[str]) -> tuple[str, ...]:
    known = dict(network.named_modules())
    for name in names:
        if name not in known:
            raise UsageError(
                f"the network has no module {name!r}",
                fix=f"Name some of: {', '.join(n for n in known if n)}",
            )
    if not names or len(set(names)) < len(names):
        raise UsageError(f"tokens need each module once and at least one, not {list(names)}")
    return tuple(names)


def _spatial(network: nn.Module, name: str, like: Tensor, skip: int) -> tuple[int, int]:
    """Return (T, C) of the spatial tokens that a module takes."""
    with torch.no_grad(), inputs_of(network, name) as seen:
        network(like)
    if len(seen) != 1 or seen[0].ndim != 3 or seen[0].shape[1] <= skip:
        shape = [tuple(x.shape) for x in seen]
        raise UsageError(
            f"{name} takes {shape or 'nothing'}, not once tokens (B, T, C), T above {skip}",
            fix="Name blocks of a transformer that are called once a picture, and skip fewer tokens",
        )
    return int(seen[0].shape[1]) - skip, int(seen[0].shape[2])
