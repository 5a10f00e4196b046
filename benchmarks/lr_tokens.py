"""What tokens trained for low resolution buy the zoo's vision transformer, and what they cost it.

    python benchmarks/lr_tokens.py [--first 10] [--seeds 3] [--n 2000] [--epochs 2] [--held-out 1000]

Trains as `examples/train_lr_tokens.py` does. Each seed has training and held-out scenes of its own, so that
the gains are independent and an interval over them speaks of new trainings and new pictures alike.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from scipy import stats

from results import write

sys.path.append(str(Path(__file__).parents[1] / "examples"))
from train_lr_tokens import BEFORE, LEARNING_RATE, NETWORK, RECIPE, SIDES, arguments, run

NOTE = (
    "{seeds} seeds from {first} on, which had no part in choosing the settings; each trains tokens for "
    "{network} on {n} scenes (train, 64 px, labels not read), {epochs} epochs, learning rate {rate}, "
    "{recipe}, before {before}: {numbers:,} numbers beside {weights:,} frozen ones; asked on {held_out} "
    "held-out scenes of its own (same). Points; in parentheses Student's interval at 95 % over the seeds, "
    "whose gains are independent. {seconds:.0f} CPU seconds of training a seed."
)


def main() -> None:
    parser = arguments(__doc__)
    parser.set_defaults(seeds=3)
    given = parser.parse_args()
    if given.seeds < 2:
        parser.error("an interval over seeds needs two or more")
    torch.set_num_threads(1)
    every = []
    for seed in range(given.first, given.first + given.seeds):
        tokens, outcome = run(seed, given)
        every.append(outcome)
        print(seed, {s: round(100 * outcome.gain(s).value, 1) for s in SIDES}, flush=True)
    note = NOTE.format(
        **vars(given), network=NETWORK, rate=LEARNING_RATE, recipe=RECIPE, before=", ".join(BEFORE),
        numbers=count(tokens.tokens), weights=count(tokens.base),
        seconds=np.mean([o.cpu_seconds for o in every]),
    )  # fmt: skip
    write("lr-tokens", [row(side, every) for side in SIDES], note=note)


def count(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def row(side: int, every: list) -> dict:
    without, with_tokens = (
        100 * np.mean([float(getattr(o, arm)[side].float().mean()) for o in every])
        for arm in ("without", "with_tokens")
    )
    gains = 100 * np.array([o.gain(side).value for o in every])
    reach = stats.t.ppf(0.975, len(gains) - 1) * gains.std(ddof=1) / np.sqrt(len(gains))
    return {
        "short side": f"{side} px" if side < max(SIDES) else "full (64 px)",
        "without": f"{without:.1f}", "with tokens": f"{with_tokens:.1f}",
        "gain": f"{gains.mean():+.1f} ({gains.mean() - reach:+.1f} to {gains.mean() + reach:+.1f})",
        "of each seed": ", ".join(f"{g:+.1f}" for g in gains),
    }  # fmt: skip


if __name__ == "__main__":
    main()
