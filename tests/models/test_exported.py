"""Source: a torch.export program."""

import shutil

import pytest
import torch
from torch import nn
from torch.export import Dim

from tapetum.errors import ModelError, TrustError
from tapetum.models import load

ANY = {0: Dim.AUTO}


@pytest.fixture
def saved(small, tmp_path):
    """Export the small classifier for a shape, and say where it is."""

    def saved(shape=(2, 3, 16, 24), dynamic=ANY, channels=3):
        model = small(channels=channels).eval()
        shapes = (dynamic,) if dynamic else None
        program = torch.export.export(model, (torch.rand(shape),), dynamic_shapes=shapes)
        torch.export.save(program, tmp_path / "model.pt2")
        return model, tmp_path / "model.pt2"

    return saved


def test_the_shape_comes_from_the_program(saved):
    model, path = saved()
    network = load(path, trust_code=True, labels=list("abcd"), mean=0.5)
    assert network.name == "model"
    assert network.source == "torch.export program model.pt2"
    assert network.input_shape == (3, 16, 24)
    batch = torch.rand(5, 3, 16, 24)
    with torch.no_grad():
        torch.testing.assert_close(network(batch), model(batch))
    assert network.layers[0].name == "0"


def test_a_program_for_one_batch_size(saved):
    for size in (1, 3):
        model, path = saved((size, 1, 8, 8), dynamic=None, channels=1)
        network = load(path, trust_code=True)
        batch = torch.rand(4, 1, 8, 8)
        with torch.no_grad():
            torch.testing.assert_close(network(batch), model(batch))


def test_a_program_for_any_size_has_that_of_its_example(saved):
    _, path = saved(dynamic={0: Dim.AUTO, 2: Dim.AUTO, 3: Dim.AUTO})
    assert load(path, trust_code=True).input_shape == (3, 16, 24)
    assert load(path, trust_code=True, input_shape=(3, 32, 40)).input_shape == (3, 32, 40)


def test_a_program_under_another_name_needs_trust_too(saved, tmp_path):
    _, path = saved()
    shutil.copy(path, tmp_path / "model.pt")
    with pytest.raises(TrustError, match="can carry code"):
        load(tmp_path / "model.pt", architecture="lite0")
    assert load(tmp_path / "model.pt", trust_code=True).name == "model"


def test_programs_that_read_no_pictures(tmp_path):
    class Two(nn.Module):
        def forward(self, one, other):
            return (one + other).mean((2, 3))

    picture = torch.rand(2, 3, 8, 8)
    path = tmp_path / "model.pt2"
    torch.export.save(torch.export.export(Two(), (picture, picture)), path)
    with pytest.raises(ModelError, match="takes 2 inputs"):
        load(path, trust_code=True)
    torch.export.save(torch.export.export(nn.Linear(4, 2), (torch.rand(2, 4),)), path)
    with pytest.raises(ModelError, match=r"reads an input of shape \(2, 4\)"):
        load(path, trust_code=True)


def test_a_damaged_program(saved, tmp_path):
    _, path = saved()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="damaged"):
        load(path, trust_code=True)
    path.write_bytes(whole.replace(b"conv2d", b"conv9d"))
    with pytest.raises(ModelError, match="cannot be loaded"):
        load(path, trust_code=True)
