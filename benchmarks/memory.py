"""Peak memory of a run on many generated images, each size in a process of its own.

    python benchmarks/memory.py [--images 100000]

64 px, one edit; the report is left out. Peak resident memory as the operating system counts it, the median of
several runs on 1,000 images taken as the base.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from results import write


def one(images: int) -> tuple[int, float]:
    """Run in this process; return peak memory in bytes and CPU seconds."""
    import torch

    from durometer.data.scenes import Scenes
    from durometer.run import ConditionPlan, DataPlan, ModelPlan, Plan, run

    torch.set_num_threads(1)
    plan = Plan(
        (ModelPlan("scenes/cnn"),), DataPlan(Scenes(split="same", n=images, size=64)),
        (ConditionPlan("stress", "gray"),), bank_size=8,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        run(plan, folder)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, time.process_time()


def apart(images: int) -> tuple[int, float]:
    """Run in a fresh process."""
    answer = subprocess.run(
        [sys.executable, __file__, "--one", str(images)], capture_output=True, text=True, check=True
    )
    peak, seconds = answer.stdout.split()[-2:]
    return int(peak), float(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(*one(arguments.one))
        return
    base = statistics.median(apart(1000)[0] for _ in range(3))
    peak, seconds = apart(arguments.images)
    table = [
        {"images": 1000, "peak MB": round(base / 1e6, 1), "bytes an image above": ""},
        {"images": arguments.images, "peak MB": round(peak / 1e6, 1),
         "bytes an image above": round((peak - base) / (arguments.images - 1000), 1)},
    ]  # fmt: skip
    write("memory", table, note=f"64 px, one edit, no report; the large run took {seconds:.0f} CPU seconds")


if __name__ == "__main__":
    main()
