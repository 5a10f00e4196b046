"""The same sample, the same change, the same answer: whatever the batch size, workers, subset or shard."""

import numpy as np
import pytest

from durometer.data.scenes import Scenes
from durometer.run import ConditionPlan, DataPlan, ModelPlan, Options, Plan, run, segment

EDITS = (
    ConditionPlan("stress", "random-background"),
    ConditionPlan("stress", "position", draws=2),
    ConditionPlan("stress", "size", {"share": 0.1}),
    ConditionPlan("stress", "rotate"),
)
KEY = ("position", "model", "condition", "draw")


def plan(**changes):
    data = DataPlan(Scenes(split="uniform", n=30, size=64, seed=5), **changes.pop("data", {}))
    return Plan((ModelPlan("scenes/cnn"),), data, EDITS, segment=12, bank_size=8).but(**changes)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return run(plan(batch_size=7), tmp_path_factory.mktemp("whole")).rows()


def by_key(rows):
    order = np.lexsort([rows[k] for k in reversed(KEY)])
    return {name: column[order] for name, column in rows.items()}


def same(one, other):
    one, other = by_key(one), by_key(other)
    for name in (*KEY, "pixels", "answer", "status", "facts", "target"):
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)
    np.testing.assert_allclose(one["confidence"], other["confidence"], atol=1e-5)


@pytest.mark.parametrize(("batch_size", "workers"), [(1, 1), (7, 2), (64, 1), (64, 2)])
def test_properties_batch_size_and_workers_change_nothing(whole, tmp_path, batch_size, workers):
    got = run(plan(batch_size=batch_size), tmp_path, options=Options(workers=workers)).rows()
    same(got, whole)


def test_properties_reading_in_small_blocks_changes_nothing(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(segment, "BLOCK", 1)  # every batch is a block of its own, as with very large images
    same(run(plan(batch_size=7), tmp_path, options=Options(workers=2)).rows(), whole)


@pytest.mark.parametrize("data", [{"limit": 9}, {"shard": "2/4"}])
def test_properties_a_subset_or_shard_gives_each_sample_the_same_change(whole, tmp_path, data):
    got = run(plan(batch_size=7, data=data), tmp_path).rows()
    wanted = np.isin(whole["position"], np.unique(got["position"]))
    assert 0 < wanted.sum() < len(wanted)
    same(got, {k: v[wanted] for k, v in whole.items()})


def test_properties_the_shards_are_the_whole(whole, tmp_path):
    parts = [run(plan(batch_size=7, data={"shard": f"{i}/3"}), tmp_path / str(i)).rows() for i in (1, 2, 3)]
    same({k: np.concatenate([p[k] for p in parts]) for k in whole}, whole)


def test_oracle_every_cell_is_there_once(whole):
    # 30 samples x (original, canvas, background, 2 x position, size, rotate, null, 2 x placebo) = 30 x 10
    assert len(whole["sample"]) == 300
    cells = set(zip(whole["position"], whole["condition"], whole["draw"], strict=True))
    assert len(cells) == 300
