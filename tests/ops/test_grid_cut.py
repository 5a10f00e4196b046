"""The graph cut: by hand, against every labeling there is, and against networkx."""

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from durometer.ops.grab_cut import grab_cut
from durometer.ops.grid_cut import cost, cut, links


def uniform_links(height, width, weight):
    """Links of a picture without differences: weight to the side, weight / sqrt 2 across."""
    return links(np.zeros((3, height, width)), gamma=weight)


def test_oracle_three_by_three_by_hand():
    # The middle pixel gains 4 by being object, all others lose 1 each. Alone it is tied to 4 neighbors
    # beside it (weight w) and 4 across (w / sqrt 2): cutting it out costs w (4 + 4 / sqrt 2) = 6.828 w.
    fore, back = np.ones((3, 3)), np.zeros((3, 3))
    fore[1, 1], back[1, 1] = 0, 4
    middle = np.zeros((3, 3), bool)
    middle[1, 1] = True
    assert (cut(fore, back, uniform_links(3, 3, 0.58)) == middle).all()  # 3.960 < 4
    assert not cut(fore, back, uniform_links(3, 3, 0.59)).any()  # 4.029 > 4
    assert cost(middle, fore, back, uniform_links(3, 3, 1.0)) == pytest.approx(4 + 4 / np.sqrt(2))
    # with the gain at 9 all nine are worth 8 x 1, whatever the border costs: no border at all
    back[1, 1] = 9
    assert cut(fore, back, uniform_links(3, 3, 100.0)).all()


def test_oracle_link_weights_by_hand():
    # two pixels, 3 and 4 apart in two channels: square 25, mean 25, beta 1/50, weight 50 exp(-1/2)
    color = np.array([[[0.0, 3.0]], [[0.0, 4.0]], [[0.0, 0.0]]])
    across = [weight for _, _, weight in links(color, gamma=50)]
    assert across[0] == pytest.approx([50 * np.exp(-0.5)])
    assert [len(w) for w in across] == [1, 0, 0, 0]


@given(st.integers(0, 10_000))
def test_properties_no_labeling_of_a_small_grid_is_cheaper(seed):
    dice = np.random.default_rng(seed)
    fore, back = dice.random((2, 3, 3)).round(3)
    between = links(dice.random((3, 3, 3)), gamma=float(dice.random()))
    best = min(
        cost(np.array(bits, bool).reshape(3, 3), fore, back, between)
        for bits in itertools.product((0, 1), repeat=9)
    )
    assert cost(cut(fore, back, between), fore, back, between) == pytest.approx(best, abs=1e-5)


def test_differential_with_networkx():
    dice = np.random.default_rng(5)
    fore, back = dice.random((2, 7, 6))
    between = links(dice.random((3, 7, 6)), gamma=0.4)
    graph = nx.DiGraph()
    for i, (f, b) in enumerate(zip(fore.ravel(), back.ravel(), strict=True)):
        graph.add_edge("object", i, capacity=b)
        graph.add_edge(i, "background", capacity=f)
    for a, b, weights in between:
        for one, other, weight in zip(a, b, weights, strict=True):
            graph.add_edge(one, other, capacity=weight)
            graph.add_edge(other, one, capacity=weight)
    value, (inside, _) = nx.minimum_cut(graph, "object", "background")
    found = cut(fore, back, between)
    assert cost(found, fore, back, between) == pytest.approx(value, abs=1e-6)
    assert {*np.flatnonzero(found)} == inside - {"object"}


def test_oracle_grab_cut_of_two_colors_is_exact():
    # a red shape with a notch on green; the start is a wrong box that covers part of it and some green
    shape = np.zeros((24, 30), bool)
    shape[6:18, 8:22] = True
    shape[6:10, 12:16] = False
    color = np.where(shape, np.array([50.0, 70, 50])[:, None, None], np.array([60.0, -50, 40])[:, None, None])
    color += np.random.default_rng(0).normal(0, 1, color.shape)
    start = np.zeros_like(shape)
    start[8:20, 6:20] = True
    outside = np.zeros_like(shape)
    found = grab_cut(color, start, np.zeros(shape.shape), outside, components=2, gamma=20, rounds=5, floor=4)
    assert (found.labels == shape).all()
    assert (found.colors == shape).all()
    # what lies outside never becomes object, whatever its color and the prior
    outside[:, 20:] = True
    prior = np.full(shape.shape, 50.0)
    found = grab_cut(color, start, prior, outside, components=2, gamma=20, rounds=5, floor=4)
    assert not found.labels[:, 20:].any()
    assert found.labels[:, :19].all()


def test_errors_a_start_without_object_stays_empty():
    nothing = np.zeros((6, 6), bool)
    color = np.random.default_rng(0).random((3, 6, 6))
    found = grab_cut(color, nothing, np.zeros((6, 6)), nothing, components=3, gamma=20, rounds=3, floor=4)
    assert not found.labels.any()
