"""Methods as a stranger may ask for them: no files, no memory, no numbers far above the usual."""

import pytest

from tapetum.errors import MethodError
from tapetum.registry import METHODS
from tapetum.workflows import asked_method, is_single


@pytest.mark.parametrize("key", METHODS)
def test_every_option_of_every_method_is_bounded(key: str) -> None:
    assert asked_method(key) == (key, {})
    for option in METHODS[key].options:
        if option.kind == "int":
            with pytest.raises(MethodError, match="at most"):
                asked_method(key, f"{option.name}={2**40}")
            with pytest.raises(MethodError):
                asked_method(key, f"{option.name}=-1")
        if option.kind == "float":
            for number in ("nan", "inf", "-inf"):
                with pytest.raises(MethodError, match="finite"):
                    asked_method(key, f"{option.name}={number}")
        if option.anything:
            for file in ("/etc/passwd", "photo.jpg", "sample:cat", "C:\\x.png", "http://x/y.png", "nan", "2"):
                with pytest.raises(MethodError, match="Use one of: mean, black"):
                    asked_method(key, f"{option.name}={file}")
            assert asked_method(key, f"{option.name}=blur")[1] == {option.name: "blur"}
            assert asked_method(key, f"{option.name}=0.5")[1] == {option.name: "0.5"}
        if option.name == "memory":
            with pytest.raises(MethodError, match="set by the server"):
                asked_method(key, "memory=900GB")


def test_only_baselines_take_anything() -> None:
    """An option of text that means no word of a list, no layer and no file is known here by name."""
    texts = {
        option.name: option.anything
        for method in METHODS.values()
        for option in method.options
        if option.kind == "str"
    }
    assert texts == {"layer": False, "memory": False, "areas": False, "baseline": True}


def test_the_usual_is_within_bounds() -> None:
    for method in METHODS.values():
        given = [f"{o.name}={o.default}" for o in method.options if o.kind == "int" and o.default is not None]
        asked_method(method.key, ",".join(given))


def test_single_ones_need_a_few_passes() -> None:
    assert is_single("gradcam")
    assert is_single("guided-gradcam")
    assert not is_single("rise")
    assert not is_single("scorecam")


@pytest.mark.parametrize("key", ["nothing", "", "gradcam:layer=x", "GRADCAM"])
def test_an_unknown_method(key: str) -> None:
    with pytest.raises(MethodError):
        asked_method(key)
