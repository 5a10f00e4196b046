"""The targeted side of a classifier: everything turned around."""

import torch

from durometer.attack.apgd import APGD
from durometer.attack.pgd import PGD
from durometer.attack.shell import judged
from durometer.attack.square import Square
from durometer.core import Batch, Dice, Oracle
from durometer.tasks import Classification
from durometer.tasks.wanted import Wanted
from durometer.testing.toys import linear
from durometer.threat import Linf

THREE = Classification(tuple(frozenset({k}) for k in range(3)))
OUTPUT = torch.tensor([[3.0, 1.0, 0.0], [0.0, 2.0, 1.0], [torch.nan, 0.0, 0.0]])
WANT = (frozenset({1}),) * 3


def test_oracle_score_loss_and_goal_are_turned_around():
    wanted = Wanted.of(THREE)
    # class 1 wins in the second row only; a row that is not finite is not what was wanted
    assert wanted.score(OUTPUT, WANT).tolist() == [1.0, 0.0, 1.0]
    finite = OUTPUT[:2]
    assert torch.allclose(wanted.loss(finite, WANT[:2]), finite.log_softmax(dim=1)[:, 1])
    goal = wanted.goal(finite, WANT[:2])
    assert goal.broken(finite).tolist() == [False, True]
    assert goal.margin(finite).tolist() == [2.0, -1.0]  # what the wanted logit lacks to the best other


def test_oracle_an_attack_reaches_the_wanted_class_exactly_where_the_set_holds_it():
    # logits (3 a, a + b, 3 b) of two numbers: class 2 wins where b > a, from (0.6, 0.4) at 0.1 and more
    weight = torch.tensor([[[[3.0, 0.0]]], [[[1.0, 1.0]]], [[[0.0, 3.0]]]])
    batch = Batch(("a",), torch.tensor([[[[0.6, 0.4]]]]), (frozenset({2}),))
    oracle = Oracle(linear(weight), Wanted.of(THREE), batch_size=1)
    for attack in (PGD(), APGD(loss_name="ce"), APGD(loss_name="margin"), Square(queries=200)):
        for epsilon, score in ((0.09, 1.0), (0.12, 0.0)):
            dice = Dice(0, attack.name, attack.version, batch.ids)
            found = judged(attack, oracle, batch, Linf(epsilon), dice).x
            assert oracle.score(found, batch.y).item() == score, (attack, epsilon)
