"""Methods as a person writes them."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tapetum.network import Network

MethodLike = str | tuple[str, Mapping[str, Any]]

NOT_ASKED = ("memory",)
"""Options that are not for who asks over a network."""
_TIMES, _LEAST_MOST, _SIDE, _SEED = 16, 64, 4096, 2**31 - 1


def parsed_methods(methods: str | Sequence[MethodLike]) -> list[tuple[str, dict[str, Any]]]:
    """Keys of methods with their options, checked as far as that goes without a network.

    Raises:
        MethodError: an unknown method or option, or an option's text that means no value.
    """
    from tapetum.registry import find_method

    chosen = []
    for method in _split_methods(methods) if isinstance(methods, str) else methods:
        if isinstance(method, str):
            key, _, text = method.partition(":")
            chosen.append((key, find_method(key).parse(_split_options(text))))
        else:
            find_method(method[0]).check(method[1])
            chosen.append((method[0], dict(method[1])))
    return chosen


def asked_method(key: str, text: str = "") -> tuple[str, dict[str, Any]]:
    """A method with its options as whoever is not trusted with this machine may ask for it.

    Nothing may name a file, memory is not theirs to give away, and no number may be far above the usual.

    Raises:
        MethodError: an unknown method or option, or a value that is not theirs to choose.
    """
    from tapetum.attribution.baselines import BASELINES
    from tapetum.errors import MethodError
    from tapetum.registry import find_method

    method = find_method(key)
    ((_, found),) = parsed_methods([f"{key}:{text}"])
    for option in method.options:
        if option.name not in found:
            continue
        value = found[option.name]
        if option.name in NOT_ASKED:
            raise MethodError(f"{key}:{option.name} is set by the server. Leave it out.")
        if option.anything and value not in BASELINES and not _is_level(value):
            words = ", ".join(BASELINES)
            raise MethodError(
                f"{key}:{option.name} is {value!r}. Use one of: {words}, or a number from 0 to 1."
            )
        if option.kind == "int" and not 0 <= value <= _most(option.default):
            raise MethodError(
                f"{key}:{option.name} is {value}. Use at most {_most(option.default)} here; "
                "the command line takes more."
            )
        if option.kind == "float" and not math.isfinite(value):
            raise MethodError(f"{key}:{option.name} is {value}. Give a number that is finite.")
    return key, found


def is_single(key: str) -> bool:
    """Whether the method with this key needs a few passes only."""
    from tapetum.registry import find_method

    return find_method(key).single


def _most(default: Any) -> int:
    """The largest number that may be asked for, from the usual one; of no default, a side of pixels."""
    if default is None:
        return _SIDE
    return max(_LEAST_MOST, _TIMES * int(default)) if default else _SEED


def _is_level(value: str) -> bool:
    try:
        return 0 <= float(value) <= 1
    except ValueError:
        return False


def parsed_attack(text: str) -> tuple[str, dict[str, Any]]:
    """The key of an attack with its options, written "pgd" or "pgd:steps=40,starts=3".

    Raises:
        MethodError: an unknown attack or option, or an option's text that means no value.
    """
    from tapetum.attacks import find_attack
    from tapetum.options import parsed

    key, _, options = text.partition(":")
    return key, parsed(key, find_attack(key).options, _split_options(options))


def usual_methods(network: "Network") -> list[tuple[str, dict[str, Any]]]:
    """The methods that are used when none is named: Grad-CAM where it has a layer, and saliency."""
    from tapetum.errors import LayerError

    try:
        network.layer()
    except LayerError:
        return [("saliency", {})]
    return [("gradcam", {}), ("saliency", {})]


def _split_methods(text: str) -> list[str]:
    """Methods in one text, with commas between: an option without a colon before it belongs to the last."""
    found: list[str] = []
    for item in text.split(","):
        if found and "=" in item and ":" not in item.partition("=")[0]:
            found[-1] += f",{item}"
        else:
            found.append(item.strip())
    return found


def _split_options(text: str) -> dict[str, str]:
    from tapetum.errors import MethodError

    found = {}
    for item in filter(None, text.split(",")):
        name, equals, value = item.partition("=")
        if not equals:
            raise MethodError(f"The option {item!r} has no value. Write it as name=value.")
        found[name.strip().replace("-", "_")] = value.strip()
    return found
