"""Methods as a person writes them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tapetum.network import Network

MethodLike = str | tuple[str, Mapping[str, Any]]


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
