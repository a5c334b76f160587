"""The names that are known, and those that are not."""

import pytest

from tapetum.errors import ModelError
from tapetum.models import list_models, load


def test_every_library_is_listed_once():
    names = [name for name, _ in list_models()]
    assert names[:3] == ["lite0", "lite1", "lite2"]
    assert len(names) == len(set(names))
    assert sum(name.startswith("torchvision:") for name in names) >= 80
    assert sum(name.startswith("timm:") for name in names) > 1000
    assert not {"torchvision:fcn_resnet50", "torchvision:quantized_resnet18"} & set(names)


def test_patterns():
    both = [("torchvision:resnet18", "weights IMAGENET1K_V1, fetched on first use")]
    both += [("timm:resnet18", "weights a1_in1k, fetched on first use")]
    assert set(both) < set(list_models("resnet18"))
    assert list_models("RESNET1?") == both
    assert {name for name, _ in list_models("*:vgg16")} == {"torchvision:vgg16", "timm:vgg16", "keras:VGG16"}
    assert list_models("nothing of this name") == []
    assert ("timm:mixer_s32_224", "no weights") in list_models("mixer_s32")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("resnet18", r"Give torchvision:resnet18 or timm:resnet18\."),
        ("densenet121", r"Give torchvision:densenet121 or timm:densenet121 or keras:DenseNet121\."),
        ("squeezenet1_1", r"Give torchvision:squeezenet1_1\."),
        ("lite3", "The nearest are: lite2"),
        ("reznet50", "no file called 'reznet50'. The nearest are: .*:resnet50"),
        ("qqqqqqqqqqqq", "tapetum models"),
        ("\x1b[2Jcat", "no file called"),
        ("", "no file called"),
    ],
)
def test_sources_that_nobody_knows(source, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=words) as caught:
        load(source)
    assert "\x1b" not in str(caught.value)
