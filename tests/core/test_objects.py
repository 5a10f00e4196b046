"""Objects: what is refused, and which of them a choice keeps."""

import pytest
import torch

from durometer.core import DataError, Objects


def _three() -> Objects:
    boxes = torch.tensor([[0.0, 0, 1, 1], [1, 1, 3, 3], [2, 2, 4, 4]])
    masks = torch.zeros(3, 4, 4, dtype=torch.bool)
    masks[2, 2:, 2:] = True
    return Objects(boxes, torch.tensor([4, 5, 6]), masks, torch.tensor([False, True, False]))


def test_a_choice_keeps_every_part_of_the_same_objects() -> None:
    kept = _three().select(torch.tensor([True, False, True]))
    assert kept.labels.tolist() == [4, 6]
    assert kept.boxes.tolist() == [[0, 0, 1, 1], [2, 2, 4, 4]]
    assert kept.masks is not None
    assert kept.masks.sum(dim=(1, 2)).tolist() == [0, 4]
    assert kept.crowd is not None
    assert kept.crowd.tolist() == [False, False]


def test_no_objects_are_a_target_too() -> None:
    assert len(Objects.nothing(4, 5)) == 0
    masks = Objects.nothing(4, 5, masks=True).masks
    assert masks is not None
    assert masks.shape == (0, 4, 5)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"boxes": torch.zeros(2, 4)}, "1 labels need boxes of shape (1, 4), not (2, 4)"),
        ({"masks": torch.zeros(1, 4)}, "1 labels need masks of shape (1, H, W), not (1, 4)"),
        ({"crowd": torch.zeros(2)}, "1 labels need 1 marks of crowds, not (2,)"),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts: dict[str, torch.Tensor], says: str) -> None:
    with pytest.raises(DataError) as error:
        Objects(**{"boxes": torch.zeros(1, 4), "labels": torch.zeros(1, dtype=torch.long), **parts})
    assert error.value.what == says
