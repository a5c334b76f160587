"""Source torchvision:NAME."""

import numpy as np
import pytest
import torch
from torch import nn

from tapetum.errors import DownloadError, ModelError
from tapetum.models import load
from tapetum.models.options import Options
from tapetum.models.torchvision_import import import_torchvision
from tapetum.models.torchvision_source import (
    build_torchvision,
    describe_torchvision,
    from_torchvision,
    torchvision_weights,
)
from tapetum.pictures import Picture, sample

RANDOM = Options(pretrained=False)


def test_every_preparation_is_torchvisions_own():
    tall = Picture(np.rot90(sample("coffee").pixels[:301]).copy())
    models = import_torchvision().models
    seen = set()
    for name in models.list_models(module=models):
        theirs = torchvision_weights(name).transforms()
        if str(theirs) in seen:
            continue
        seen.add(str(theirs))
        ours = describe_torchvision(name, nn.Identity(), RANDOM, name, "").preparation
        for picture in (sample("cat"), tall):
            assert torch.equal(ours(picture), theirs(picture.image)), name
    assert len(seen) > 20


def test_a_network_says_what_it_is():
    network = load("torchvision:shufflenet_v2_x0_5", pretrained=False)
    assert network.name == "torchvision:shufflenet_v2_x0_5"
    assert network.source.startswith("torchvision 0.")
    assert network.source.endswith(", random weights")
    assert str(network.preparation).startswith("shorter side 256 (bilinear), centre 224×224")
    assert (network.labels[134], network.labels[517]) == ("crane bird", "crane")


def test_another_size_keeps_the_fraction_that_is_seen():
    found = from_torchvision("squeezenet1_1", Options(pretrained=False, size=(112, 112)))
    assert str(found.preparation).startswith("shorter side 128 (bilinear), centre 112×112")


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_the_inceptions_are_built_without_training_heads(name):
    module = build_torchvision(name, RANDOM)
    assert module.transform_input is False
    assert not any("aux" in key.lower() for key in module.state_dict())


def test_transformers_are_built_for_the_size_of_their_pictures():
    assert build_torchvision("vit_b_32", Options(pretrained=False, size=(96, 96))).image_size == 96
    with pytest.raises(ModelError, match="square pictures only"):
        build_torchvision("vit_b_32", Options(pretrained=False, size=(96, 64)))
    with pytest.raises(ModelError, match="cannot be built"):
        build_torchvision("vit_b_32", Options(pretrained=False, size=(97, 97)))
    with pytest.raises(ModelError, match="fit pictures of 224×224 only"):
        from_torchvision("vit_b_32", Options(size=(96, 96)))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("resnet19", "torchvision has no classifier called 'resnet19'.*torchvision:resnet18"),
        ("fcn_resnet50", "no floating-point classifier"),
        ("fasterrcnn_resnet50_fpn", "no floating-point classifier"),
        ("r3d_18", "no floating-point classifier"),
        ("raft_large", "no floating-point classifier"),
        ("quantized_resnet18", "no floating-point classifier"),
    ],
)
def test_what_is_no_classifier(name, words):
    with pytest.raises(ModelError, match=words):
        load(f"torchvision:{name}", pretrained=False)


def test_grey_pictures_are_refused():
    for pretrained in (True, False):
        with pytest.raises(ModelError, match="reads 3 channels, not 1"):
            load("torchvision:squeezenet1_1", pretrained=pretrained, input_shape=(1, 64, 64))


def test_weights_in_the_cache_need_no_network(no_network, capfd):
    own = build_torchvision("squeezenet1_1", RANDOM).eval()
    torch.save(own.state_dict(), no_network / torchvision_weights("squeezenet1_1").url.rpartition("/")[2])
    network = load("torchvision:squeezenet1_1")
    assert network.source.endswith(", weights IMAGENET1K_V1")
    batch = network.prepare([sample("cat")])
    with torch.no_grad():
        assert torch.equal(network(batch), own(batch))
    assert capfd.readouterr() == ("", "")


def test_a_pickle_in_the_cache_is_not_run(no_network, canary, cage):
    torch.save({"weight": canary}, no_network / torchvision_weights("squeezenet1_1").url.rpartition("/")[2])
    with pytest.raises(ModelError, match="could not be read"):
        load("torchvision:squeezenet1_1")
    assert not cage.exists()


def test_without_a_network_there_is_one_line(no_network, capfd):
    with pytest.raises(DownloadError) as caught:
        load("torchvision:squeezenet1_1")
    message = str(caught.value)
    assert message.startswith("The weights of torchvision:squeezenet1_1 could not be fetched (")
    assert message.endswith("or pass --random-weights / pretrained=False, or a weights file.")
    assert "\n" not in message
    assert capfd.readouterr() == ("", "")
