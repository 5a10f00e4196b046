"""Random search: draws from the threat itself; its success has a closed form in a linear model."""

import numpy as np
import torch

from durometer.attack import ATTACKS
from durometer.attack.random_search import RandomSearch
from durometer.attack.shell import judged
from durometer.core import Batch, Dice, Oracle
from durometer.tasks import Classification
from durometer.testing import check_attack
from durometer.testing.toys import linear
from durometer.threat import L2, Linf

TWO = Classification((frozenset({0}), frozenset({1})))


def one_number(n, level):
    """n pictures of one value, class 0 above one half: x = (1, 1, 1) level, logits (x, 1 - x)."""
    x = torch.full((n, 1, 1, 1), level)
    return Batch(tuple(map(str, range(n))), x, (frozenset({0}),) * n)


def above_half():
    return linear(torch.tensor([[[[1.0]]], [[[-1.0]]]]), torch.tensor([0.0, 1.0]))


def broken_share(queries, n=400, level=0.55, epsilon=0.1):
    oracle = Oracle(above_half(), TWO, batch_size=50)
    batch = one_number(n, level)
    attack = RandomSearch(queries)
    found = judged(attack, oracle, batch, Linf(epsilon), Dice(0, attack.name, 1, batch.ids))
    return 1 - oracle.score(found.x, batch.y).mean().item(), found.facts


def test_contract():
    for queries in (1, 5):
        check_attack(RandomSearch(queries))
        check_attack(RandomSearch(queries), threat=L2(0.3))


def test_oracle_success_is_that_of_independent_uniform_draws():
    # a draw is uniform in [0.45, 0.65], so one in four lies under one half; k draws all miss with 0.75^k
    for queries in (1, 4, 8):
        expected = 1 - 0.75**queries
        share, facts = broken_share(queries)
        assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / 400)
        # the untouched question, then one a draw until the first that breaks: of k draws (1 - 0.75^k) / 0.25
        assert abs(np.mean(facts["forwards"]) - 1 - expected / 0.25) < 0.4
        assert set(facts["backwards"]) == {0}


def test_properties_more_queries_never_find_less():
    oracle, batch = Oracle(above_half(), TWO, batch_size=50), one_number(60, 0.6)
    lowest = torch.full((60,), torch.inf)
    for queries in (1, 2, 7, 20):
        attack = RandomSearch(queries)
        x = judged(attack, oracle, batch, Linf(0.05), Dice(3, attack.name, 1, batch.ids)).x.flatten()
        assert (x <= lowest).all()  # never broken here, so the lowest margin is the lowest value
        lowest = x


def test_names_itself_and_is_listed():
    assert RandomSearch(1).title == "random noise"
    assert RandomSearch(1000).title == "random search, 1,000 queries"
    assert ATTACKS.get("random-search") is RandomSearch
    assert RandomSearch.needs == frozenset()
