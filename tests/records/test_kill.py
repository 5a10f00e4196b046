"""kill -9 at random moments, again and again, then to the end: the same digests."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from durometer.records import Record

SEGMENTS, SIZE = 12, 5
SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from conftest import tables
from durometer.records import RecordWriter
with RecordWriter.open({path!r}, plan_digest="plan", plan_text="", manifest={{}}) as writer:
    print("open", len(writer.done), flush=True)
    for number in range({segments}):
        if number not in writer.done:
            for p in range(number * {size}, (number + 1) * {size}):
                writer.save_artifact(f"picture {{p}}".encode(), ".webp")
            writer.write_segment(number, tables(number * {size}, (number + 1) * {size}))
    writer.finish({{}})
"""


def start(path):
    script = SCRIPT.format(tests=os.path.dirname(__file__), path=str(path), segments=SEGMENTS, size=SIZE)
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)


def run_until_killed(path, seconds):
    process = start(path)
    line = process.stdout.readline()  # start-up is not what is tested
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    return line


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_oracle_killed_and_resumed_gives_the_same_digests(tmp_path, write, seed):
    whole = write(tmp_path / "whole", tuple(SIZE * (i + 1) for i in range(SEGMENTS))).manifest
    dice, path, done = random.Random(seed), tmp_path / "killed", 0
    for _ in range(6):
        if (path / "manifest.json").exists() and Record.open(path).complete:
            break
        run_until_killed(path, dice.uniform(0, 0.06))
        if (path / "manifest.json").exists():
            found = len(set(Record.open(path).table("samples")["position"].tolist()))
            assert found % SIZE == 0
            assert found >= done  # nothing that counted is ever lost
            done = found
    if not Record.open(path).complete:
        process = start(path)
        process.communicate()
        assert process.returncode == 0
    record = Record.open(path)
    record.verify()
    assert record.manifest["digests"] == whole["digests"]
    assert record.manifest["tables"] == whole["tables"]
    for sha in record.table("pictures")["artifact"]:
        assert record.artifact(sha).startswith(b"picture ")


def test_oracle_killed_once_gives_the_same_digests(tmp_path, write):
    whole = write(tmp_path / "whole", tuple(SIZE * (i + 1) for i in range(SEGMENTS))).manifest
    assert run_until_killed(tmp_path / "killed", 0.03) == "open 0\n"
    record = write(tmp_path / "killed", tuple(SIZE * (i + 1) for i in range(SEGMENTS)))
    record.verify()
    assert record.manifest["digests"] == whole["digests"]
