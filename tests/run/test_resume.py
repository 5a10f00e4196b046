"""kill -9 at any moment, run again: bit-identical to an uninterrupted run."""

import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from durometer.core import IncompleteError, InputSpec, Model, ModelCard, ModelError, RecordError
from durometer.data.scenes import Scenes
from durometer.run import ConditionPlan, DataPlan, ModelPlan, Options, Plan, run

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


class Fails(Model):
    """Answers by brightness; fails from its sixtieth call on, unless it was mended."""

    card = ModelCard("fails", "0" * 64, labels=Scenes(n=1).labels, input=InputSpec(size=(32, 32)))
    calls, mended = 0, False

    def view(self, canvas, /):
        return canvas

    def visible(self, height, width, /):
        return 0.0, 0.0, float(height), float(width)

    def __call__(self, x, /):
        type(self).calls += 1
        if type(self).calls > 59 and not type(self).mended:
            raise ModelError("ran out of memory", where="fails", fix="Lower --batch-size")
        return x.mean(dim=(1, 2, 3))[:, None] * torch.arange(8.0)


@pytest.mark.parametrize("workers", [1, 3])
def test_errors_a_model_that_fails_half_way_loses_nothing(tmp_path, workers):
    Fails.calls, Fails.mended = 0, False
    options = Options(workers=workers)
    # several chunks a segment, so that workers edit ahead and wait for the models when one fails
    failing = plan().but(models=(ModelPlan(Fails()),), batch_size=2, segment=8)
    with pytest.raises(
        IncompleteError, match=r"ran out of memory; [1-9] segments of the run are kept"
    ) as caught:
        run(failing, tmp_path, options=options)
    assert caught.value.exit_code == 3
    Fails.mended = True
    seen = []
    assert run(failing, tmp_path, options=options, listener=seen.append).complete
    assert max(p.resumed for p in seen) >= 8


def test_a_complete_record_is_not_run_again(tmp_path):
    run(plan(), tmp_path)
    told = []
    run(plan(), tmp_path, listener=told.append)
    assert told == []


def test_errors_another_plans_record_is_never_overwritten(tmp_path):
    run(plan(), tmp_path)
    with pytest.raises(RecordError, match="another plan"):
        run(plan(seed=1), tmp_path)
