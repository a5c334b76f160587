"""Source timm:NAME."""

import numpy as np
import pytest
import torch
from torch import nn
from untouched import untouched

from tapetum.errors import CaptureError, ModelError
from tapetum.models import load
from tapetum.models.options import Options
from tapetum.models.timm_source import from_timm
from tapetum.models.torchvision_import import import_timm
from tapetum.pictures import Picture, sample

RANDOM = Options(pretrained=False)


@pytest.mark.parametrize(
    ("name", "crop"),
    [
        ("mobilenetv3_small_050", 0.875),
        ("test_resnet", 0.95),
        ("edgenext_xx_small", 0.9),
        ("tf_efficientnet_lite2", 0.89),
        ("mobilevit_xxs", 0.9),
        ("vit_tiny_patch16_384", 1.0),
        ("coat_lite_medium_384", 1.0),
    ],
)
def test_the_preparation_is_timms_own(name, crop):
    timm = import_timm()
    found = from_timm(name, RANDOM)
    data = timm.data.resolve_model_data_config(found.module)
    assert data["crop_pct"] == crop
    theirs = timm.data.create_transform(**data, is_training=False)
    tall = Picture(np.rot90(sample("coffee").pixels[:301]).copy())
    for picture in (sample("cat"), sample("astronaut"), tall):
        assert torch.equal(found.preparation(picture), theirs(picture.image))


def test_a_network_says_what_it_is():
    network = load("timm:test_resnet", pretrained=False)
    assert network.name == "timm:test_resnet"
    assert network.source == f"timm {import_timm().__version__}, random weights"
    assert network.input_shape == (3, 160, 160)
    assert network.labels[285] == "Egyptian cat"


def test_random_weights_are_the_same_each_time_and_leave_the_random_states_alone():
    torch.manual_seed(11)
    with untouched(nn.Identity()):
        first = load("timm:test_resnet", pretrained=False)
    torch.manual_seed(12)
    assert load("timm:test_resnet", pretrained=False).fingerprint == first.fingerprint


def test_another_size_reaches_networks_that_are_built_for_one():
    network = load("timm:test_vit", pretrained=False, size=96)
    assert network.input_shape == (3, 96, 96)
    assert load("timm:test_resnet", pretrained=False, size=(64, 96)).input_shape == (3, 64, 96)


def test_grey_pictures():
    network = load("timm:test_resnet", pretrained=False, input_shape=(1, 64, 64))
    assert network.input_shape == (1, 64, 64)
    assert network.preparation.mean == (0.5,)  # timm's own choice for one channel
    assert len(network.predict(sample("cat")).scores) == 5


def test_labels_of_other_sets_and_of_none():
    found = from_timm("convnext_nano.in12k", RANDOM)
    assert len(found.labels) == 11821
    found = from_timm("fastvit_mci0", RANDOM)
    assert found.labels is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("resnet19", "timm has no classifier called 'resnet19'.*timm:resnet18"),
        ("resnet18.zzz", "timm:resnet18.a1_in1k"),
        ("zzzzzzzz", "tapetum models"),
        ("hf-hub:timm/resnet18", "no classifier called 'hf-hub:timm/resnet18'"),
        ("aimv2_1b_patch14_224", "gives features and no classes"),
        ("res\x1b[31mnet", "no classifier called"),
    ],
)
def test_unknown_names(name, words):
    with pytest.raises(ModelError, match=words) as caught:
        load(f"timm:{name}", pretrained=False)
    assert "\x1b" not in str(caught.value)


def test_weights_that_do_not_exist_and_sizes_that_do_not_fit():
    with pytest.raises(ModelError, match="timm has no weights for mixer_s32_224"):
        load("timm:mixer_s32_224")
    with pytest.raises(CaptureError, match="should be divisible by patch size"):
        load("timm:test_vit", pretrained=False, size=(97, 96))
