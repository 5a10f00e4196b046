"""The step engine, where what it must keep, drop and count is known by hand."""

from dataclasses import dataclass

import pytest
import torch

from durometer.attack.engine import Kept, Nearest, Prober, search
from durometer.core import Batch, Dice, Oracle
from durometer.tasks import Classification
from durometer.testing.toys import linear
from durometer.threat import Linf

TWO = Classification((frozenset({0}), frozenset({1})))


def bright(batch_size=3):
    """Class 0 while the mean of a picture is above 0.5: margin = 2 (mean - 0.5)."""
    weight = torch.full((2, 1, 1, 4), 0.25)
    weight[1] *= -1
    return Oracle(linear(weight, torch.tensor([-0.5, 0.5])), TWO, batch_size=batch_size)


def pictures(*means):
    x = torch.tensor(means)[:, None, None, None].expand(-1, 1, 1, 4).contiguous()
    return Batch(tuple(f"s{i}" for i in range(len(x))), x, (frozenset({0}),) * len(x))


def dice(batch):
    return Dice(0, "walk", 1, batch.ids)


@dataclass(frozen=True)
class Darken:
    """Lower every pixel by a fixed amount a turn; remembers how often it moved."""

    turns: int = 5
    by: float = 0.05

    def begin(self, room, restart):
        return {"x": room.x.clone(), "moved": torch.zeros(len(room))}

    def loss(self, output, goal):
        return goal.loss(output)

    def move(self, room, state, seen, turn):
        return {"x": room.threat.project(room.x, state["x"] - self.by), "moved": state["moved"] + 1}


def test_oracle_each_point_pays_until_it_breaks():
    # margins fall by 0.1 a turn: 0.56 has 0.12 and is broken by the second move; 0.66 by
    # the fourth move, at the fifth; 0.9 never, after 5 moves it has 6 questions, the last without a gradient;
    # 0.4 is broken untouched and pays the first question of all only
    batch, walk = pictures(0.56, 0.66, 0.9, 0.4), Darken()
    prober = Prober(bright(), batch)
    kept = Kept(prober)
    search(walk, prober, prober.room(Linf(epsilon=0.5), dice(batch)), kept)
    assert kept.broken.tolist() == [True, True, False, True]
    assert prober.forwards.tolist() == [1 + 3, 1 + 5, 1 + 6, 1]
    assert prober.backwards.tolist() == [3, 5, 5, 0]
    assert kept.x.mean(dim=(1, 2, 3)).tolist() == pytest.approx([0.46, 0.46, 0.65, 0.4])
    assert prober.oracle.forwards == prober.forwards.sum()
    assert prober.oracle.backwards == prober.backwards.sum()


def test_what_is_kept_is_the_best_not_the_last():
    # up, then down: the best is where the walk was lowest, before it came back
    @dataclass(frozen=True)
    class Back(Darken):
        def move(self, room, state, seen, turn):
            return {"x": state["x"] + (-0.05 if turn < 2 else 0.05)}

    batch = pictures(0.9)
    prober = Prober(bright(), batch)
    kept = Kept(prober)
    search(Back(turns=4), prober, prober.room(Linf(epsilon=0.5), dice(batch)), kept)
    assert kept.x.mean().item() == pytest.approx(0.8)
    assert kept.margin.item() == pytest.approx(2 * (0.8 - 0.5))


def test_restarts_are_for_what_is_left():
    started = []

    @dataclass(frozen=True)
    class Counting(Darken):
        def begin(self, room, restart):
            started.append((restart, room.at.tolist()))
            return super().begin(room, restart)

    batch = pictures(0.56, 0.9, 0.45, 0.95)
    prober = Prober(bright(), batch)
    search(Counting(), prober, prober.room(Linf(epsilon=0.5), dice(batch)), Kept(prober), restarts=3)
    assert started == [(0, [0, 1, 3]), (1, [1, 3]), (2, [1, 3])]


def test_a_walk_is_the_same_alone_and_among_others():
    @dataclass(frozen=True)
    class Random(Darken):
        def move(self, room, state, seen, turn):
            noise = room.dice.uniform(f"turn {turn}", (1, 1, 4))
            return {"x": room.threat.project(room.x, state["x"] - 0.08 * noise)}

    batch = pictures(0.56, 0.62, 0.9, 0.55, 0.7)
    whole = _found(Random(turns=9), batch)
    for index in ([0], [1, 2], [4, 3, 2, 1, 0], [2, 4]):
        assert torch.equal(_found(Random(turns=9), batch.select(index)), whole[index])


def _found(walk, batch):
    prober = Prober(bright(), batch)
    kept = Kept(prober)
    search(walk, prober, prober.room(Linf(epsilon=0.5), dice(batch)), kept)
    return kept.x


def test_the_nearest_is_kept_while_the_search_goes_on():
    batch = pictures(0.6, 0.4)
    prober = Prober(bright(), batch)
    nearest = Nearest(prober)
    search(Darken(turns=6), prober, prober.room(Linf(epsilon=1.0), dice(batch)), nearest)
    # 0.6 - 3 * 0.05 = 0.45 is the first below 0.5 (0.5 itself is a tie, which goes to class 0)
    assert nearest.distance.tolist() == pytest.approx([0.15, 0.0])
    assert nearest.x.mean(dim=(1, 2, 3)).tolist() == pytest.approx([0.45, 0.4])
    assert prober.forwards.tolist() == [1 + 7, 1]


def test_the_watcher_sees_every_question():
    seen = []

    def watch(restart, turn, room, state, found):
        seen.append((turn, len(room), found.gradient is None))

    batch = pictures(0.56, 0.9)
    prober = Prober(bright(), batch)
    room = prober.room(Linf(epsilon=0.5), dice(batch))
    search(Darken(turns=3), prober, room, Kept(prober), watch=watch)
    assert seen == [(0, 2, False), (1, 2, False), (2, 2, False), (3, 1, True)]


def test_oracle_gradients_that_are_not_finite_move_nothing():
    weight = torch.full((2, 1, 1, 4), torch.inf)
    oracle = Oracle(linear(weight), TWO, batch_size=2)
    batch = pictures(0.5)
    prober = Prober(oracle, batch)
    assert prober.goal.broken(prober.clean).tolist() == [True]  # not finite counts as broken
    seen = prober.look(batch.x, prober.room(Linf(), dice(batch)), lambda out, goal: goal.loss(out))
    assert seen.gradient is not None
    assert seen.gradient.isfinite().all()
