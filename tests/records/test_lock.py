"""One writer at a time; a dead writer's lock is no obstacle."""

import os
import signal
import subprocess
import sys

import pytest

from durometer.core import RecordError
from durometer.records import RecordWriter
from durometer.records.lock import NAME, Lock

HOLD = """
import sys
from pathlib import Path
from durometer.records.lock import Lock
lock = Lock(Path({path!r}))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(path=str(tmp_path))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_errors_second_writer_is_refused_and_told_who(tmp_path, other):
    with pytest.raises(RecordError, match=rf"another run is writing this record \(process {other.pid}\)"):
        Lock(tmp_path)


def test_lock_of_a_killed_process_is_taken_over(tmp_path, other):
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    assert (tmp_path / NAME).exists()
    Lock(tmp_path).release()
    assert not (tmp_path / NAME).exists()


def test_two_writers_in_one_process_are_refused_too(tmp_path):
    about = {"plan_digest": "p", "plan_text": "", "manifest": {}}
    first = RecordWriter.open(tmp_path, **about)
    with pytest.raises(RecordError, match="another run is writing this record"):
        RecordWriter.open(tmp_path, **about)
    first.close()
    RecordWriter.open(tmp_path, **about).close()


def test_a_refused_folder_is_left_unlocked(tmp_path):
    (tmp_path / "mine.txt").write_text("")
    about = {"plan_digest": "p", "plan_text": "", "manifest": {}}
    with pytest.raises(RecordError, match="not empty"):
        RecordWriter.open(tmp_path, **about)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_lock_removed_between_opening_and_locking_is_not_trusted(tmp_path, monkeypatch):
    import durometer.records.lock as module

    real, seen = module._hold, []

    def hold(handle):
        if not seen:  # the last owner finishes just now and removes its file
            (tmp_path / NAME).unlink()
        seen.append(handle)
        return real(handle)

    monkeypatch.setattr(module, "_hold", hold)
    lock = Lock(tmp_path)
    assert len(seen) == 2
    with pytest.raises(RecordError, match="another run"):
        Lock(tmp_path)
    lock.release()
