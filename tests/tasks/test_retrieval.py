"""Ranks against arithmetic and scikit-learn; decisions against brute force."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import rankdata
from sklearn.metrics import f1_score, label_ranking_average_precision_score

from durometer.core import UsageError
from durometer.tasks.matching import Matching, best_threshold
from durometer.tasks.retrieval import Retrieval, ranks, reciprocal_ranks


def test_oracle_ranks_and_ties_by_hand():
    similarity = torch.tensor([[0.9, 0.5, 0.1], [0.9, 0.5, 0.5], [0.2, 0.2, 0.2], [0.1, 0.2, 0.3]])
    own = torch.tensor([0, 1, 2, 0])
    assert ranks(similarity, own).tolist() == [1, 2, 1, 3]
    assert ranks(similarity, own, ties="middle").tolist() == [1, 2.5, 2, 3]
    assert reciprocal_ranks(similarity, own).tolist() == pytest.approx([1, 1 / 2, 1, 1 / 3])


def test_property_an_encoder_that_answers_everything_alike_is_first_only_by_ties():
    """1 as published; 2 / (N + 1) by the middle of all places."""
    similarity, own = torch.zeros(7, 9), torch.arange(7)
    assert reciprocal_ranks(similarity, own).tolist() == [1.0] * 7
    assert reciprocal_ranks(similarity, own, ties="middle").tolist() == pytest.approx([2 / 10] * 7)


@pytest.mark.parametrize("seed", range(4))
def test_differential_mean_reciprocal_rank_is_scikit_learns_and_scipys(seed):
    rng = np.random.default_rng(seed)
    similarity = rng.integers(0, 6, (40, 40)) / 5  # with many ties
    own = torch.arange(40)
    by_scipy = [rankdata(-row, method="average")[i] for i, row in enumerate(similarity)]
    assert ranks(torch.tensor(similarity), own, ties="middle").tolist() == pytest.approx(by_scipy)
    best = [rankdata(-row, method="min")[i] for i, row in enumerate(similarity)]
    assert ranks(torch.tensor(similarity), own).tolist() == pytest.approx(best)
    free = rng.random((40, 40))
    mean = reciprocal_ranks(torch.tensor(free), own).mean().item()
    assert mean == pytest.approx(label_ranking_average_precision_score(np.eye(40), free))


def test_oracle_what_is_not_finite_stands_last_and_scores_nothing():
    similarity = torch.tensor([[math.nan, 0.1, -0.5], [math.nan, 0.1, 0.2], [math.nan] * 3])
    task = Retrieval(top=2)
    assert task.score(similarity, [frozenset({2}), frozenset({0}), frozenset({1})]).tolist() == [0.5, 0, 0]
    decoded = task.decode(similarity)
    assert decoded["answer"].tolist() == [1, 2, -1]
    assert decoded["top"].tolist() == [[1, 2], [2, 1], [-1, -1]]
    # softmax of 0.1 and -0.5
    assert decoded["confidence"][0].item() == pytest.approx(1 / (1 + math.exp(-0.6)))
    assert math.isnan(decoded["confidence"][2])


def test_oracle_confidence_is_scaled_and_the_score_is_not():
    similarity, target = torch.tensor([[0.3, 0.1]]), [frozenset({1})]
    assert Retrieval(scale=10).decode(similarity)["confidence"].item() == pytest.approx(
        1 / (1 + math.exp(-2))
    )
    assert Retrieval(scale=0).score(similarity, target).item() == 0.5
    loss = Retrieval(scale=10).loss(similarity, target).item()
    assert loss == pytest.approx(math.log(1 + math.exp(2)))


def test_errors_a_text_with_two_pictures():
    with pytest.raises(UsageError, match="exactly one picture"):
        Retrieval().score(torch.zeros(1, 3), [frozenset({0, 1})])


def test_oracle_decisions():
    task, output = Matching(threshold=0.2), torch.tensor([[0.2], [0.1], [0.5], [math.nan]])
    assert task.decode(output)["answer"].tolist() == [1, 0, 1, -1]
    yes, no = frozenset({1}), frozenset({0})
    assert task.score(output, [yes, yes, no, no]).tolist() == [1, 0, 0, 0]
    assert task.loss(output[:3], [yes, yes, no]).tolist() == pytest.approx([0.0, 0.1, 0.3], abs=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_differential_threshold_by_brute_force(seed):
    rng = np.random.default_rng(seed)
    match = rng.random(50) < 0.5
    similarity = (match * 0.3 + rng.normal(0, 0.3, 50)).round(1)  # with ties

    def quality(threshold):
        return f1_score(match, similarity >= threshold, average="macro", zero_division=0)

    found = best_threshold(torch.tensor(similarity), torch.tensor(match))
    steps = np.unique(similarity)
    cuts = [steps[0] - 1, *(steps[1:] + steps[:-1]) / 2, steps[-1] + 1]
    best = max(map(quality, cuts))
    assert quality(found) == pytest.approx(best)
    assert found == pytest.approx(min(c for c in cuts if quality(c) > best - 1e-12))


def test_oracle_threshold_leaves_out_what_is_not_finite():
    similarity = torch.tensor([0.1, math.nan, 0.9])
    assert best_threshold(similarity, torch.tensor([False, False, True])) == pytest.approx(0.5)
