"""Source: a weights file and its architecture."""

import argparse
import os

import pytest
import safetensors.torch
import torch

from tapetum.errors import ModelError
from tapetum.models import load
from tapetum.models.options import Options
from tapetum.models.state_dict import from_weights
from tapetum.models.torchvision_source import build_torchvision

TIMM = "timm:test_resnet"
RANDOM = Options(pretrained=False)


def same_weights(module, other):
    one, two = module.state_dict(), other.state_dict()
    return one.keys() == two.keys() and all(torch.equal(one[k], two[k]) for k in one)


def test_a_fine_tuned_head_gives_the_number_of_classes(timm_resnet, tmp_path):
    own = timm_resnet(num_classes=7)
    path = tmp_path / "birds.pth"
    torch.save(own.state_dict(), path)
    network = load(path, architecture=TIMM, labels=list("abcdefg"))
    assert network.name == "birds"
    assert network.source == "weights file birds.pth in timm:test_resnet"
    assert network.labels == tuple("abcdefg")
    assert network.input_shape == (3, 160, 160)
    batch = torch.rand(2, 3, 160, 160)
    with torch.no_grad():
        assert torch.equal(network(batch), own(batch))
    assert load(str(path), architecture=TIMM).labels[6] == "class 6"


def test_a_thousand_classes_keep_the_labels(timm_resnet, tmp_path):
    torch.save(timm_resnet().state_dict(), tmp_path / "w.pt")
    assert from_weights(tmp_path / "w.pt", TIMM, RANDOM).labels[285] == "Egyptian cat"


def test_safetensors(timm_resnet, tmp_path):
    own = timm_resnet(num_classes=3)
    safetensors.torch.save_file(own.state_dict(), tmp_path / "w.safetensors")
    found = from_weights(tmp_path / "w.safetensors", TIMM, RANDOM)
    assert same_weights(found.module, own)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: {"state_dict": state, "epoch": 3, "optimizer": {"lr": 0.1}},
        lambda state: {"model": state},
        lambda state: {"state_dict": state, "args": argparse.Namespace(lr=0.1), "arch": "test_resnet"},
        lambda state: {"model_state_dict": state},
        lambda state: {"model": {"state_dict": state}},
        lambda state: {f"module.{key}": value for key, value in state.items()},
        lambda state: {"state_dict": {f"model.module.{key}": value for key, value in state.items()}},
        lambda state: {f"_orig_mod.{key}": value for key, value in state.items()},
        lambda state: {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")},
        lambda state: {k: v.half() if v.is_floating_point() else v for k, v in state.items()},
    ],
)
def test_wrapped_and_prefixed_checkpoints(timm_resnet, tmp_path, wrap):
    own = timm_resnet(num_classes=3)
    torch.save(wrap(own.state_dict()), tmp_path / "w.bin")
    found = from_weights(tmp_path / "w.bin", TIMM, RANDOM)
    for ours, theirs in zip(found.module.parameters(), own.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-6)


def test_the_format_before_zip_archives(timm_resnet, tmp_path):
    own = timm_resnet()
    torch.save(own.state_dict(), tmp_path / "w.pth", _use_new_zipfile_serialization=False)
    assert same_weights(from_weights(tmp_path / "w.pth", TIMM, RANDOM).module, own)


@pytest.mark.parametrize(
    ("architecture", "classes"),
    [("torchvision:squeezenet1_1", 5), ("torchvision:shufflenet_v2_x0_5", 2), ("lite0", 10)],
)
def test_other_architectures(tmp_path, architecture, classes):
    from tapetum.models.state_dict import _architecture

    own = _architecture(architecture, {}, RANDOM).build(classes)
    torch.save(own.state_dict(), tmp_path / "w.pt")
    found = from_weights(tmp_path / "w.pt", architecture, RANDOM)
    assert same_weights(found.module, own)
    assert found.labels is None


def test_files_that_torchvision_publishes(tmp_path):
    """GoogLeNet's has training heads and wants its input transformed; DenseNet's has the names of 2017."""
    own = build_torchvision("googlenet", RANDOM, aux_logits=True)
    torch.save(own.state_dict(), tmp_path / "googlenet.pth")
    module = from_weights(tmp_path / "googlenet.pth", "torchvision:googlenet", RANDOM).module
    assert module.transform_input
    assert same_weights(module, own)

    own = build_torchvision("densenet121", RANDOM)
    old = {key: value for key, value in own.state_dict().items() if not key.endswith("num_batches_tracked")}
    for part in ("norm", "conv"):
        for number in "12":
            old = {
                key.replace(f"{part}{number}.", f"{part}.{number}.") if "denselayer" in key else key: value
                for key, value in old.items()
            }
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    torch.save(old, tmp_path / "densenet.pth")
    assert same_weights(
        from_weights(tmp_path / "densenet.pth", "torchvision:densenet121", RANDOM).module, own
    )


def test_mismatches_are_counted_and_listed(timm_resnet, tmp_path):
    state = timm_resnet().state_dict()
    first = next(iter(state))
    state["strange"] = torch.zeros(1)
    state["more\x1b[31m"] = torch.zeros(1)
    state[first] = torch.zeros(2, 2)
    del state["fc.bias"]
    torch.save(state, tmp_path / "w.pt")
    with pytest.raises(ModelError) as caught:
        load(tmp_path / "w.pt", architecture=TIMM)
    message = str(caught.value)
    assert "w.pt does not fit timm:test_resnet: 1 missing: fc.bias; 2 unexpected: strange, more" in message
    assert f"1 of another shape: {first} (2, 2) for (" in message
    assert "\x1b" not in message
    with pytest.raises(ModelError, match=r"\d+ missing: .*, …; \d+ unexpected: .*, …"):
        load(tmp_path / "w.pt", architecture="lite0")


def test_weights_without_an_architecture_or_with_an_unknown_one(timm_resnet, tmp_path):
    torch.save(timm_resnet().state_dict(), tmp_path / "w.pt")
    with pytest.raises(ModelError, match=r"w.pt holds weights and no architecture\. Pass --architecture"):
        load(tmp_path / "w.pt")
    with pytest.raises(ModelError, match="There is no architecture 'resnet18'"):
        load(tmp_path / "w.pt", architecture="resnet18")
    with pytest.raises(ModelError, match="timm:resnet18"):
        load(tmp_path / "w.pt", architecture="timm:resnet19")


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("keep", [0, 1, 7, 60, 2000, -1])
def test_truncated_files(timm_resnet, tmp_path, suffix, keep):
    path = tmp_path / f"w{suffix}"
    state = timm_resnet().state_dict()
    torch.save(state, path) if suffix == ".pt" else safetensors.torch.save_file(state, path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError, match=r"damaged|no weights file|no state dict"):
        load(path, architecture=TIMM)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hello", "is no weights file"),
        (b"<html>not found</html>", "is no weights file"),
        (b"PK\x03\x04" + b"\xff" * 100, "damaged"),
        (b"\x80\x02}q\x00.", "damaged|no state dict"),
        ((2**40).to_bytes(8, "little") + b"{", "damaged"),
    ],
)
def test_files_that_are_something_else(tmp_path, content, words):
    path = tmp_path / "w.bin"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=words):
        load(path, architecture=TIMM)


def test_what_holds_no_state_dict(tmp_path):
    for number, value in enumerate([torch.zeros(3), [torch.zeros(3)], {"epoch": 3, "lr": 0.1}, {}]):
        path = tmp_path / f"{number}.pt"
        torch.save(value, path)
        with pytest.raises(ModelError, match="holds no state dict"):
            load(path, architecture=TIMM)


def test_what_is_no_ordinary_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.pt")
    os.symlink(tmp_path / "loop.pt", tmp_path / "loop.pt")
    for name, words in {
        "pipe.pt": "no ordinary file",
        "loop.pt": "There is no model file",
        "missing.safetensors": "There is no model file",
        "\0.pt": "There is no model file",
        "": "belongs to a weights file",
    }.items():
        with pytest.raises(ModelError, match=words):
            load(tmp_path / name, architecture=TIMM)
