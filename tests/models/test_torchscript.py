"""Files that PyTorch writes under many endings: TorchScript answers, pickles are never opened."""

import os
import warnings

import pytest
import torch
from torch import nn

from durometer.core import ModelError
from durometer.models import load_model


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.head = nn.Conv2d(3, 4, 3), nn.Linear(4, 5)

    def forward(self, x):
        return self.head(self.conv(x).relu().mean((2, 3)))


class Writes(nn.Module):
    def forward(self, x):
        torch.save([x], "stolen.bin")
        return x.mean((2, 3))


class Payload:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (os.mkdir, (str(self.marker),))


def scripted(module, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(module.eval()).save(str(path))
    return path


@pytest.mark.parametrize("ending", [".pt", ".ts", ".torchscript"])
def test_differential_answers_and_gradients_are_the_modules_own(tmp_path, ending):
    model = load_model(scripted(Net(), tmp_path / f"net{ending}"))  # a warning would be an error here
    x, y = (torch.full((2, 3, 9, 9), 0.4, requires_grad=True) for _ in range(2))
    torch.testing.assert_close(model(x), Net().eval()(y))
    model(x)[:, 1].sum().backward()
    Net().eval()(y)[:, 1].sum().backward()
    torch.testing.assert_close(x.grad, y.grad)


def test_the_way_to_export_is_said(tmp_path):
    card = load_model(scripted(Net(), tmp_path / "net.pt")).card
    assert card.guesses[0].startswith(
        "TorchScript is deprecated in PyTorch; export the model again with torch.export"
    )
    assert card.name == "net"


@pytest.mark.parametrize("ending", [".pt", ".pth", ".th", ".ckpt", ".bin", ".pkl"])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_is_never_opened(tmp_path, ending, zipped):
    marker, path = tmp_path / "ran", tmp_path / f"net{ending}"
    torch.save({"weights": torch.ones(2), "x": Payload(marker)}, path, _use_new_zipfile_serialization=zipped)
    for trust in (False, True):
        with pytest.raises(ModelError) as error:
            load_model(path, trust_code=trust)
        assert "is a pickle, which is never opened" in str(error.value)
        assert "give package.module:function; or export it with torch.export.save" in str(error.value)
    assert not marker.exists()


def test_a_program_that_touches_files_is_refused(tmp_path):
    path = scripted(Writes(), tmp_path / "net.pt")
    with pytest.raises(
        ModelError, match=r"its program reads or writes files .*allow it with --trust-code\.$"
    ):
        load_model(path)


def test_an_exported_program_under_another_ending(tmp_path):
    program = torch.export.export(Net().eval(), (torch.rand(1, 3, 9, 9),))
    torch.export.save(program, tmp_path / "net.pt2")
    (tmp_path / "net.pt2").rename(tmp_path / "net.pt")
    assert load_model(tmp_path / "net.pt").card.input.size == (9, 9)


def test_errors_of_a_broken_torchscript_file(tmp_path):
    import zipfile

    path = tmp_path / "net.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/constants.pkl", b"nonsense")
    with pytest.raises(ModelError, match=r"the TorchScript file can't be loaded"):
        load_model(path)
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(
        ModelError, match=r"is a Git LFS pointer, not the file itself. Fetch it with: git lfs pull\.$"
    ):
        load_model(path)
