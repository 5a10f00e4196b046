"""How many edits a second: every stressor at four sizes, on one thread.

    python benchmarks/edits.py [--seconds 0.4]

"Cached" is the edit alone, the shell's checks included, its filled background given; "with fill" adds the one
fill that a sample needs. Times are process CPU time per picture in a batch of 8.
"""

import argparse
import time

import numpy as np
import torch

from durometer.core import Batch, Dice, stress
from durometer.ops.fill import fill
from durometer.stress import STRESSORS
from results import write

SIZES = (64, 224, 256, 512)
PICTURES = 8
NOTE = (
    "Process CPU time of one picture in a batch of 8, one thread, the shell's checks included; edits of the "
    "object are given their filled background, which a run makes once a sample."
)


def batch_of(side):
    """Noise at three scales with a turned ellipse of 15 % in the middle."""
    generator = np.random.default_rng(side)
    coarse = [generator.random((PICTURES, 3, side // k, side // k), dtype=np.float32) for k in (2, 8, 16)]
    x = sum(torch.nn.functional.interpolate(torch.from_numpy(c), size=(side, side)) for c in coarse) / 3
    rows, columns = (np.mgrid[:side, :side] + 0.5) / side - 0.5
    shape = ((columns + rows) / 0.36) ** 2 + ((columns - rows) / 0.27) ** 2 < 1
    mask = torch.from_numpy(shape.astype(np.float32)).expand(PICTURES, 1, side, side).contiguous()
    aux = {"mask": mask, "filled": fill(x, mask), "donor": x.flip(0).contiguous()}
    aux |= {"reference": x.roll(1, 0), "reference_mask": mask.roll(1, 0)}
    return Batch(tuple(f"p{i}" for i in range(PICTURES)), x, (0,) * PICTURES, aux)


def milliseconds(work, seconds):
    """Return the CPU time of one picture, over at least this long."""
    work()
    start, turns = time.process_time(), 0
    while time.process_time() - start < seconds:
        work()
        turns += 1
    return 1000 * (time.process_time() - start) / turns / PICTURES


def measure(seconds):
    """Return {name: {side: milliseconds}}, the fill under its own name."""
    given = {"mask", "filled", "donor", "reference"}  # from `batch_of`: what comes with the data is not timed
    foreign = {"nrtk", "diffusion-background"}  # need what another package made; nrtk: see peers.py
    names = [n for n in STRESSORS if n not in foreign and STRESSORS.get(n).needs <= given]
    found = {"fill": {}, **{name: {} for name in names}}
    for side in SIZES:
        batch = batch_of(side)
        found["fill"][side] = milliseconds(lambda b=batch: fill(b.x, b.aux["mask"]), seconds)
        for name in names:
            stressor = STRESSORS.make(name)
            dice = Dice(0, name, stressor.version, batch.ids)
            found[name][side] = milliseconds(lambda s=stressor, b=batch, d=dice: stress(s, b, d), seconds)
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=0.4)
    options = parser.parse_args()
    torch.set_num_threads(1)
    found = measure(options.seconds)
    table = []
    for name, times in found.items():
        whole = name in STRESSORS and "filled" in STRESSORS.get(name).needs
        table.append(
            {"edit": name}
            | {f"{side} px, ms": round(times[side], 1) for side in SIZES}
            | {
                "256 px, a second": round(1000 / times[256]),
                "256 px with its fill, ms": round(times[256] + found["fill"][256], 1) if whole else "",
            }
        )
    write("edits", table, note=NOTE)


if __name__ == "__main__":
    main()
