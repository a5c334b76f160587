"""Source: a module in hands."""

import pytest
import torch
from untouched import untouched

from tapetum.attribution import saliency
from tapetum.errors import ModelError
from tapetum.models import load
from tapetum.pictures import sample


@pytest.mark.parametrize("labels", [["a", "b", "c", "d"], ["too", "few"]])
def test_the_module_is_left_as_it_was_after_success_and_error(small, labels):
    module = small().train()
    module[1].eval()
    module[0].weight.requires_grad_(False)
    module(torch.rand(2, 3, 8, 8)).sum().backward()
    module[2].register_forward_hook(lambda *_: None)
    with untouched(module):
        if len(labels) == 4:
            load(module, input_shape=(3, 16, 16), labels=labels)
        else:
            with pytest.raises(ModelError, match="There are 2 labels for 4 classes"):
                load(module, input_shape=(3, 16, 16), labels=labels)


def test_options_reach_the_network(small):
    network = load(
        small(channels=1),
        input_shape=(1, 20, 28),
        labels={0: "zero", 1: "one", 2: "two", 3: "three"},
        mean=0.25,
        std=[0.5],
        crop=0.8,
        interpolation="nearest",
        name="mine",
    )
    assert network.name == "mine"
    assert network.labels == ("zero", "one", "two", "three")
    assert str(network.preparation) == "grey, filling 25×35 (nearest), centre 20×28, mean 0.25, std 0.5"
    assert network.source == "module torch.nn.modules.container.Sequential"
    assert load(small(), input_shape=(3, 8, 8), squash=True).preparation.squash
    assert load(small(), input_shape=(3, 8, 8)).name == "Sequential"


def test_a_batch_size_in_front_is_kept(small):
    network = load(small(), input_shape=(2, 3, 16, 16))
    assert network.predict([sample("cat"), sample("coffee"), sample("rocket")])
    assert network(torch.zeros(5, 3, 16, 16)).shape == (5, 4)


def test_loading_inside_inference_mode(small):
    with torch.inference_mode():
        network = load("timm:test_resnet", pretrained=False)
    saliency(network, sample("cat"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "input shape of Sequential is not known"),
        ({"input_shape": (16, 16)}, r"input_shape is \(16, 16\)"),
        ({"input_shape": (3, 0, 16)}, r"input_shape is \(3, 0, 16\)"),
        ({"input_shape": (3, 16.5, 16)}, "Give whole numbers"),
        ({"input_shape": (3, 16, 16), "size": 8}, "Give one of them"),
        ({"input_shape": (3, 16, 16), "size": (1, 2, 3)}, "Give one number, or"),
        ({"input_shape": (3, 16, 16), "size": "16"}, "Give whole numbers"),
        ({"input_shape": (2, 16, 16)}, "reads 2 channels"),
        ({"input_shape": (3, 16, 16), "mean": "x"}, "mean is 'x'"),
        ({"input_shape": (3, 16, 16), "mean": (0.1, 0.2)}, "mean has 2 values"),
        ({"input_shape": (3, 16, 16), "std": 0.0}, "Give positive numbers"),
        ({"input_shape": (3, 16, 16), "crop": 1.5}, "crop is 1.5"),
        ({"input_shape": (3, 16, 16), "interpolation": "cubic"}, "no interpolation 'cubic'"),
        ({"input_shape": (3, 16, 16), "labels": 5}, "labels is int"),
        ({"input_shape": (3, 16, 16), "architecture": "lite0"}, "belongs to a weights file"),
    ],
)
def test_wrong_options_say_what_to_give(small, options, words):
    with pytest.raises(ModelError, match=words):
        load(small(), **options)


def test_other_objects_are_refused():
    with pytest.raises(ModelError, match="cannot be loaded from int"):
        load(5)
