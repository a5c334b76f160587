"""The table of methods, and options typed as text."""

import pytest

from tapetum.errors import MethodError
from tapetum.registry import METHODS, find_method


def test_every_entry_is_complete() -> None:
    for key, method in METHODS.items():
        assert method.key == key
        assert method.function.__name__ == key.replace("-", "_")
        assert method.summary.endswith(".")
        assert method.reference
        documented = method.function.__doc__ or ""
        for part in ("Args:", "Raises:", "Reference:", "Example:"):
            assert part in documented, (key, part)
        for option in method.options:
            assert f"{option.name}:" in documented, (key, option.name)


def test_options_are_read_off_the_signature() -> None:
    (layer,) = METHODS["gradcam"].options
    assert (layer.name, layer.kind, layer.default) == ("layer", "str", None)
    reduction, layer = METHODS["saliency"].options
    assert reduction.choices == ("max-abs", "norm", "sum")
    assert (layer.kind, layer.default) == ("str", None)
    baseline, steps, *_ = METHODS["integrated-gradients"].options
    assert (baseline.kind, baseline.default) == ("str", "mean")
    assert (steps.kind, steps.default) == ("int", 32)


def test_text_becomes_options() -> None:
    assert METHODS["gradcam"].parse({"layer": "layer3"}) == {"layer": "layer3"}
    with pytest.raises(MethodError, match="no option 'depth'"):
        METHODS["gradcam"].parse({"depth": "3"})
    with pytest.raises(MethodError, match="max-abs, norm, sum"):
        METHODS["saliency"].parse({"reduction": "mean"})


def test_unknown_methods_get_the_nearest_names() -> None:
    with pytest.raises(MethodError, match="gradcam"):
        find_method("Grad_CAM")
