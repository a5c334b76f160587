"""Files that carry code: none of it runs, and the message says what to do."""

import argparse
import pickle
import zipfile

import pytest
import torch

from tapetum.errors import ModelError, TrustError
from tapetum.models import load

TIMM = "timm:test_resnet"


def test_the_canary_sings(canary, cage):
    pickle.loads(pickle.dumps(canary)).close()
    assert cage.exists()


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin", ".ckpt", ".safetensors", ".pt2", ".pkl"])
@pytest.mark.parametrize("trust_code", [False, True])
def test_a_canary_under_any_name(tmp_path, canary, cage, suffix, trust_code):
    contents = {
        "alone": canary,
        "nested": {"state_dict": {"fc.weight": torch.zeros(2), "deep": [(canary,)]}},
        "arguments": {"state_dict": {}, "args": argparse.Namespace(path=canary)},
        "key": {canary: torch.zeros(2)},
    }
    for name, content in contents.items():
        for protocol in range(2, 6):
            path = tmp_path / f"{name}-{protocol}{suffix}"
            torch.save(content, path, pickle_protocol=protocol)
            with pytest.raises(ModelError):
                load(path, architecture=TIMM, trust_code=trust_code)
            plain = tmp_path / f"{name}-{protocol}-plain{suffix}"
            plain.write_bytes(pickle.dumps(content, protocol=protocol))
            with pytest.raises(ModelError):
                load(plain, architecture=TIMM, trust_code=trust_code)
    assert not cage.exists()


def test_old_pickles_and_old_checkpoints(tmp_path, canary, cage):
    for protocol in (0, 1):
        (tmp_path / "w.pt").write_bytes(pickle.dumps(canary, protocol=protocol))
        with pytest.raises(ModelError, match="no weights file"):
            load(tmp_path / "w.pt", architecture=TIMM)
    torch.save({"w": canary}, tmp_path / "w.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(TrustError, match="holds pickled objects"):
        load(tmp_path / "w.pt", architecture=TIMM)
    assert not cage.exists()


def test_a_canary_inside_an_archive_that_looks_like_another(tmp_path, canary, cage):
    torch.save({"w": canary}, tmp_path / "w.pt")
    for member in ("w/archive_format", "w/code/constants.pkl", "w/constants.pkl"):
        path = tmp_path / "mixed.pt"
        path.write_bytes((tmp_path / "w.pt").read_bytes())
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(member, pickle.dumps(canary))
        with pytest.raises(TrustError):
            load(path, architecture=TIMM)
    assert not cage.exists()


def test_a_whole_pickled_module(small, tmp_path):
    torch.save(small(), tmp_path / "model.pt")
    with pytest.raises(TrustError) as caught:
        load(tmp_path / "model.pt", architecture=TIMM)
    assert "model.pt holds pickled objects that are no tensors (torch.nn.modules" in str(caught.value)
    assert "torch.save(model.state_dict()" in str(caught.value)
    torch.save({"model": small()}, tmp_path / "model.pt")
    with pytest.raises(TrustError):
        load(tmp_path / "model.pt", architecture=TIMM, trust_code=True)


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
@pytest.mark.parametrize("name", ["model.pt", "model.bin", "model.pth"])
def test_torchscript(small, tmp_path, name):
    torch.jit.save(torch.jit.script(small()), tmp_path / name)
    with pytest.raises(TrustError, match=r"TorchScript file.*torch\.export\.save to a \.pt2 file"):
        load(tmp_path / name, architecture=TIMM)


def test_a_program_is_not_even_opened_without_trust(tmp_path):
    (tmp_path / "model.pt2").write_bytes(b"anything")
    with pytest.raises(TrustError, match="--trust-code / trust_code=True"):
        load(tmp_path / "model.pt2")
    with pytest.raises(ModelError, match=r"is no torch\.export program"):
        load(tmp_path / "model.pt2", trust_code=True)
