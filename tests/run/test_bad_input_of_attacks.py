"""Models and labels that attacks can't make sense of: each is told in a sentence."""

import numpy as np
import pytest
import torch

from durometer.core import DataError
from durometer.data import InMemory
from durometer.explain.summarize import summarize
from durometer.models import load_model
from durometer.run import DataPlan, ModelPlan, Plan, run
from durometer.run.toml import condition

LEVELS = np.where(np.arange(12) % 2, 0.7, 0.3)
X = np.broadcast_to(LEVELS[:, None, None, None], (12, 3, 8, 8)).astype(np.float32)
TRUE = np.arange(12) % 2


class Brightness(torch.nn.Module):
    """Dark or light by the mean level: the boundary lies at one half, 0.2 from every sample."""

    def forward(self, x):
        level = x.mean(dim=(1, 2, 3))
        return torch.stack((0.5 - level, level - 0.5), dim=1) * 10


class Endless(Brightness):
    def forward(self, x):
        return super().forward(x) / 0 * 0


class Deaf(Brightness):
    def forward(self, x):
        return super().forward(x) * 0 + torch.tensor([3.0, 1.0])


class Shares(Brightness):
    def forward(self, x):
        return super().forward(x).softmax(dim=1)


class Dropping(Brightness):
    def __init__(self):
        super().__init__()
        self.drop = torch.nn.Dropout(0.9)

    def forward(self, x):
        return super().forward(self.drop(x))


def attacked(module, folder, *, y=TRUE, labels=("dark", "light"), names=("dark", "light"), epsilon=0.25):
    model = load_model(module, input={"size": (8, 8)}, labels=names)
    pgd = condition({"attack": "pgd", "threat": {"name": "linf", "epsilon": epsilon}}, where="test")
    plan = Plan(
        (ModelPlan(model),), DataPlan(InMemory(X, y, labels=labels, name="plain")), (pgd,), batch_size=5
    )
    return summarize(run(plan, folder))


def worst(summary):
    return summary.more["attacks"][0].curve[-1][1].value


def test_numbers_that_are_not_finite_are_said_first(tmp_path):
    said = attacked(Endless(), tmp_path)
    assert (
        "12 of 12 unattacked answers of Endless are not finite; they count as wrong."
        in said.headline.sentences
    )
    assert worst(said) == 0


def test_a_constant_answer_is_no_robust_one(tmp_path):
    said = attacked(Deaf(), tmp_path)
    (sentence,) = [s for s in said.headline.sentences if "Deaf gives" in s]
    assert "all 12 unattacked samples the same answer with the same confidence" in sentence
    assert not [s for s in said.headline.sentences if s.startswith("Under attack")]


def test_samples_all_broken_before_are_said(tmp_path):
    said = attacked(Brightness(), tmp_path, y=1 - TRUE)
    assert "None of the 12 samples was right before, so no attack on Brightness could break one." in (
        said.headline.sentences
    )


def test_probabilities_are_attacked_through_their_logarithms_and_said(tmp_path):
    said = attacked(Shares(), tmp_path)
    assert worst(said) == 0
    assert any("output is taken as probabilities" in guess for guess in said.guesses)


def test_a_module_in_training_mode_is_attacked_as_it_answers_in_use(tmp_path):
    module = Dropping().train()
    near, far = (attacked(module, tmp_path / str(e), epsilon=e) for e in (0.15, 0.25))
    assert (worst(near), worst(far)) == (1, 0)  # with dropout the boundary would be nowhere in particular
    assert module.training  # the caller's own is left alone


@pytest.mark.parametrize(
    ("labels", "names", "message"),
    [
        (("dark", "light", "odd"), ("dark", "light"), r"does not know 1 of 3 labels: 'odd'.*--labels"),
        (("0", "1", "2"), None, r"the label 2 is beyond the model's 2 outputs, 0 to 1.*--labels"),
    ],
)
def test_errors_labels_out_of_range(tmp_path, labels, names, message):
    with pytest.raises(DataError, match=message):
        attacked(Brightness(), tmp_path, y=np.arange(12) % 3, labels=labels, names=names)
