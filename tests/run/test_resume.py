"""kill -9 at any moment, run again: bit-identical to an uninterrupted run."""

import os
import signal
import subprocess
import sys
import time

import pytest

from durometer.core import RecordError
from durometer.data.scenes import Scenes
from durometer.run import ConditionPlan, DataPlan, ModelPlan, Plan, run

SCRIPT = """
import sys
import torch
torch.set_num_threads(1)
sys.path.insert(0, {tests!r})
from test_resume import plan
from durometer.run import run
run(plan(), {out!r}, listener=lambda p: print(p.done, flush=True))
"""


def plan(seed=0):
    data = DataPlan(Scenes(split="uniform", n=48, size=32, seed=1))
    edits = (ConditionPlan("stress", "random-background"), ConditionPlan("stress", "position"))
    return Plan((ModelPlan("scenes/cnn"),), data, edits, seed=seed, batch_size=8, segment=4, bank_size=8)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    record = run(plan(), tmp_path_factory.mktemp("whole"))
    return record.manifest


def killed_after(lines, out):
    script = SCRIPT.format(tests=os.path.dirname(__file__), out=str(out))
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    for _ in range(lines):
        if not process.stdout.readline():
            break
    time.sleep(0.003 * lines)  # somewhere inside the next segment
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("lines", [2, 5, 11, 14])
def test_oracle_resumed_record_has_the_same_digests(tmp_path, uninterrupted, lines):
    killed_after(lines, tmp_path)
    again = run(plan(), tmp_path)
    assert again.complete
    assert again.manifest["digests"] == uninterrupted["digests"]
    assert again.manifest["data"]["fingerprint"] == uninterrupted["data"]["fingerprint"]
    assert again.manifest["models"] == uninterrupted["models"]


def test_interrupt_keeps_segments_and_resumes(tmp_path, uninterrupted):
    def stop(progress):
        if progress.done >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(plan(), tmp_path, listener=stop)
    seen = []
    again = run(plan(), tmp_path, listener=seen.append)
    assert max(p.resumed for p in seen) == 20
    assert again.manifest["digests"] == uninterrupted["digests"]


def test_pictures_of_a_resumed_run_are_the_same(tmp_path, uninterrupted):
    def stop(progress):
        if progress.done >= 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(plan(), tmp_path / "resumed", listener=stop)
    resumed = run(plan(), tmp_path / "resumed").table("pictures")
    whole = run(plan(), tmp_path / "whole").table("pictures")
    assert len(whole["artifact"]) > 0
    assert list(resumed["artifact"]) == list(whole["artifact"])


def test_a_complete_record_is_not_run_again(tmp_path):
    run(plan(), tmp_path)
    told = []
    run(plan(), tmp_path, listener=told.append)
    assert told == []


def test_errors_another_plans_record_is_never_overwritten(tmp_path):
    run(plan(), tmp_path)
    with pytest.raises(RecordError, match="another plan"):
        run(plan(seed=1), tmp_path)
