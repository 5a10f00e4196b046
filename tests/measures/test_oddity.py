"""The odd one out and identity against pose, on features whose similarities are known by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity

from durometer.core import UsageError
from durometer.measures.disentanglement import disentanglement
from durometer.measures.oddity import odd_one_out, oddity


class TestOddOneOut:
    def test_worked_out(self):
        # cosines of (1,0), (0,1), (1,1): 0, 1/√2, 1/√2; sums 0.71, 0.71, 1.41: the first two tie
        assert odd_one_out([[[1, 0], [0, 1], [1, 1]]]).tolist() == [[0.5, 0.5, 0]]
        # (1,0), (0,1), (0,2): the second and third are one direction, so the first is odd
        assert odd_one_out([[[1, 0], [0, 1], [0, 2]]]).tolist() == [[1, 0, 0]]

    def test_by_distance_the_far_one_is_odd(self):
        # 0, 1 and 5 on a line: the nearest pair is (0, 1); the cosine can't tell 1 from 5
        three = [[[0.0], [1.0], [5.0]]]
        assert odd_one_out(three, by="euclidean").tolist() == [[0, 0, 1]]
        assert odd_one_out(three).tolist() == [[1, 0, 0]]  # a zero vector is at right angles to both

    def test_three_the_same_are_a_tie_of_three(self):
        assert odd_one_out(np.ones((2, 3, 7))) == pytest.approx(np.full((2, 3), 1 / 3))

    def test_features_that_are_not_finite_find_nothing(self):
        three = np.ones((1, 3, 2))
        three[0, 1, 0] = np.nan
        assert odd_one_out(three).tolist() == [[0, 0, 0]]

    @given(st.integers(0, 10**6), st.integers(1, 9))
    @settings(max_examples=40, deadline=None)
    def test_it_is_the_one_with_the_smallest_sum_of_similarities(self, seed, width):
        f = np.random.default_rng(seed).normal(size=(3, width))
        sums = cosine_similarity(f).sum(axis=1) - 1
        found = odd_one_out(f[None])[0]
        odd = sums <= sums.min() + 1e-8
        assert found == pytest.approx(odd / odd.sum())

    def test_an_order_of_the_three_plays_no_part(self):
        f = np.random.default_rng(1).normal(size=(50, 3, 4))
        order = [2, 0, 1]
        assert np.array_equal(odd_one_out(f[:, order]), odd_one_out(f)[:, order])

    def test_another_shape_is_refused(self):
        with pytest.raises(UsageError, match=r"features of shape \(4, 2, 5\) are not three vectors a sample"):
            odd_one_out(np.zeros((4, 2, 5)))


class TestOddity:
    def test_found_every_time(self):
        f = np.tile(np.array([[1.0, 0], [0, 1], [0, 1]]), (20, 1, 1))
        found = oddity(f)
        # Clopper and Pearson, 20 of 20: the lower end is 0.025^(1/20) = 0.8316
        assert (found.value, found.high, found.n) == (1.0, 1.0, 20)
        assert found.low == pytest.approx(0.025 ** (1 / 20))
        assert oddity(f, odd=1).value == 0

    def test_blind_features_are_at_chance(self):
        # the three draws are exchangeable, so each is odd with probability 1/3
        f = np.random.default_rng(0).normal(size=(6000, 3, 5))
        found = oddity(f)
        assert abs(found.value - 1 / 3) < 4 * np.sqrt(1 / 3 * 2 / 3 / 6000)
        assert found.low < 1 / 3 < found.high

    def test_nothing_was_measured_of_nothing(self):
        found = oddity(np.zeros((0, 3, 4)))
        assert (found.n, found.low, found.high) == (0, 0.0, 1.0)


class TestDisentanglement:
    @staticmethod
    def triplets(weight, n=200):
        """Features (identity · weight, pose · (1 − weight)) of unit one-hot identities and poses."""
        one, other = np.eye(2)
        anchor = np.concatenate((weight * one, (1 - weight) * one))
        same_identity = np.concatenate((weight * one, (1 - weight) * other))
        same_pose = np.concatenate((weight * other, (1 - weight) * one))
        return np.tile(np.stack((anchor, same_identity, same_pose)), (n, 1, 1))

    @pytest.mark.parametrize(("weight", "wanted"), [(1.0, 1), (0.6, 1), (0.5, 0.5), (0.4, 0), (0.0, 0)])
    def test_worked_out(self, weight, wanted):
        found = disentanglement(self.triplets(weight))
        assert found.identity_first.value == wanted
        # |f|² = w² + (1 − w)²; sharing the identity leaves w² of it, sharing the pose (1 − w)²
        square = weight**2 + (1 - weight) ** 2
        assert found.identity == pytest.approx(weight**2 / square)
        assert found.pose == pytest.approx((1 - weight) ** 2 / square)
        assert found.neither == pytest.approx(0)

    def test_noise_is_at_one_half(self):
        found = disentanglement(np.random.default_rng(3).normal(size=(4000, 3, 6)))
        assert abs(found.identity_first.value - 0.5) < 4 * 0.5 / np.sqrt(4000)
        assert found.identity_first.low < 0.5 < found.identity_first.high

    def test_not_finite_counts_as_pose_first_and_leaves_the_means(self):
        f = self.triplets(1.0, n=4)
        f[0] = np.nan
        found = disentanglement(f)
        assert (found.identity_first.value, found.identity_first.n) == (0.75, 4)
        assert found.identity == pytest.approx(1)
