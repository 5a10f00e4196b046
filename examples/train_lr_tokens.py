"""Train tokens that make the zoo's vision transformer sturdier to low resolution, its weights as they are.

    python examples/train_lr_tokens.py                   # train, print accuracy without and with them
    python examples/train_lr_tokens.py --seeds 3 --n 1500
    python examples/train_lr_tokens.py --out tokens.pt   # keep the tokens of the last seed

One thread, a few CPU minutes. No label is read in training. Each seed has training scenes and held-out
scenes of its own.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from durometer.core import Batch, Dice, Estimate, stress
from durometer.data.scenes import Scenes
from durometer.harden import PromptTokens, ResolutionTokens
from durometer.models import zoo
from durometer.stats import tango
from durometer.stress import STRESSORS

NETWORK, SIDE = "scenes/vit", 64
BEFORE = ("blocks.0", "blocks.1", "blocks.2", "blocks.3", "norm")
RECIPE = ResolutionTokens(sides=((6, 12), (12, 24), (24, 48)), by="match", whole=3.0, feature="head")
LEARNING_RATE = 1e-2
SIDES = (8, 16, 32, 64)
"""Resolutions asked about; the last is the full one."""


@dataclass(frozen=True)
class Outcome:
    """Held-out scores of one seed: side -> (n,) bool, without and with the tokens."""

    without: dict[int, torch.Tensor]
    with_tokens: dict[int, torch.Tensor]
    cpu_seconds: float

    def gain(self, side: int) -> Estimate:
        """Return by how much accuracy rises, paired by scene."""
        before, after = self.without[side], self.with_tokens[side]
        return tango(int((after & ~before).sum()), int((before & ~after).sum()), len(before))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--out", type=Path, help="file for the tokens of the last seed")
    given = parser.parse_args()
    torch.set_num_threads(1)
    for seed in range(given.first, given.first + given.seeds):
        tokens, outcome = run(seed, given)
        print(f"seed {seed}, {outcome.cpu_seconds:.0f} CPU seconds", table(outcome), sep="\n", flush=True)
    if given.out:
        torch.save(tokens.tokens.state_dict(), given.out)


def arguments(about: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--first", type=int, default=10, help="first seed; those below 10 chose the settings")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--n", type=int, default=2000, help="training scenes")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--held-out", type=int, default=1000, help="scenes asked about")
    return parser


def run(seed: int, given: argparse.Namespace) -> tuple[PromptTokens, Outcome]:
    """Train the tokens of one seed and ask about its held-out scenes."""
    network = zoo.load(NETWORK).module
    scenes = Scenes(split="train", n=given.n, size=SIDE, seed=100 + seed, correlation=0.95)
    held_out = batch_of(Scenes(split="same", n=given.held_out, size=SIDE, seed=200 + seed))
    untrained = PromptTokens(network, before=BEFORE, like=torch.zeros(1, 3, SIDE, SIDE))
    began = time.process_time()
    tokens = RECIPE.train(
        untrained, scenes, epochs=given.epochs, batch_size=32, learning_rate=LEARNING_RATE, seed=seed
    )
    seconds = time.process_time() - began
    return tokens, Outcome(right(network, held_out), right(tokens, held_out), seconds)


def batch_of(data: Scenes) -> Batch:
    batch = Batch.of([data[i] for i in range(len(data))])
    return batch.but(x=batch.x / 255.0, aux={})


@torch.no_grad()
def right(network: torch.nn.Module, batch: Batch) -> dict[int, torch.Tensor]:
    """Return whether each scene is named right, by resolution."""
    target = torch.tensor([next(iter(y)) for y in batch.y])
    found = {}
    for side in SIDES:
        poor = STRESSORS.make("low-resolution", {"side": side, "filter": "bicubic"})
        x = stress(poor, batch, Dice(0, poor.name, poor.version, batch.ids)).x
        found[side] = torch.cat([network(part) for part in x.split(100)]).argmax(1) == target
    return found


def table(outcome: Outcome) -> str:
    lines = ["| short side | without | with tokens | gain in points |", "|---|---|---|---|"]
    for side in SIDES:
        before, after = (100 * float(s[side].float().mean()) for s in (outcome.without, outcome.with_tokens))
        e = outcome.gain(side)
        gain = f"{100 * e.value:+.1f} ({100 * e.low:+.1f} to {100 * e.high:+.1f})"
        lines.append(f"| {side} px | {before:.1f} % | {after:.1f} % | {gain} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
