"""Source package.module:function."""

import sys

import pytest

from tapetum.errors import ModelError, TrustError
from tapetum.models import load

CODE = """
import sys
from pathlib import Path
from torch import nn

Path("imported").touch()
path_seen = list(sys.path)

def make():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))

def text():
    return "no module"

def leaves():
    sys.exit(3)

def breaks():
    return 1 / 0

number = 5
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A current directory with code of the caller's."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_nets").mkdir()
    (tmp_path / "my_nets" / "small.py").write_text(CODE)
    (tmp_path / "my_nets" / "broken.py").write_text("import torch\n\nraise KeyError('weights')\n")
    yield tmp_path
    for name in [name for name in sys.modules if name.split(".")[0] == "my_nets"]:
        del sys.modules[name]


def test_nothing_is_imported_without_trust(here):
    with pytest.raises(TrustError, match=r"my_nets\.small:make names a function.*trust_code=True"):
        load("my_nets.small:make", input_shape=(3, 8, 8))
    assert not (here / "imported").exists()


def test_the_function_makes_the_module(here):
    before = list(sys.path)
    network = load("my_nets.small:make", trust_code=True, input_shape=(3, 8, 8), labels=["a", "b"])
    assert sys.path == before
    assert sys.modules["my_nets.small"].path_seen[0] == str(here)
    assert network.name == "my_nets.small:make"
    assert network.source == "made by my_nets.small:make"
    again = load("my_nets.small:make", trust_code=True, input_shape=(3, 8, 8), labels=["a", "b"])
    assert again.fingerprint == network.fingerprint


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("my_nets.absent:make", "my_nets.absent cannot be imported: ModuleNotFoundError"),
        ("my_nets.broken:make", r"KeyError: 'weights' \(broken.py, line 3\)"),
        ("my_nets.small:absent", "has no function absent"),
        ("my_nets.small:number", "has no function number"),
        ("my_nets.small:text", "returns str"),
        ("my_nets.small:leaves", "my_nets.small:leaves fails: SystemExit: 3"),
        ("my_nets.small:breaks", r"ZeroDivisionError: division by zero \(small.py, line 19\)"),
    ],
)
def test_what_goes_wrong_inside_is_named(here, source, words):
    before = list(sys.path)
    with pytest.raises(ModelError, match=words):
        load(source, trust_code=True, input_shape=(3, 8, 8))
    assert sys.path == before


def test_the_input_shape_is_asked_for(here):
    with pytest.raises(ModelError, match="input shape of Sequential is not known"):
        load("my_nets.small:make", trust_code=True)
