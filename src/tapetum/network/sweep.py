"""Many passes through a network: as many pictures at once as memory allows, told as they go."""

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch
from torch import Tensor, fx

from tapetum.errors import MemoryLimitError
from tapetum.network.axes import number
from tapetum.network.functional import is_view
from tapetum.progress import stage

Found = TypeVar("Found")

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_MOST = {"cpu": 32, "cuda": 256}
"""Pictures at once from which on more of them are not faster."""


def memory_bytes(memory: str | int) -> int:
    """A number of bytes, or a text such as "1GiB" or "500 MB".

    Raises:
        MemoryLimitError: neither of them, or not above zero.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMG]?I?B?)\s*", str(memory).upper())
    if found is None or found[2] not in _UNITS or float(found[1]) <= 0:
        raise MemoryLimitError(f"The memory limit {memory!r} is no size. Write it as '1GiB' or '500MB'.")
    return int(float(found[1]) * _UNITS[found[2]])


def pictures_at_once(memory: str | int, each: int, device: torch.device) -> int:
    """How many pictures fit, where each takes so many bytes.

    Raises:
        MemoryLimitError: not even one.
    """
    limit = memory_bytes(memory)
    if limit < each:
        need = -(-each // 2**20)
        raise MemoryLimitError(
            f"One picture needs about {need} MiB of memory here, more than the limit {memory!r}. "
            f"Give at least memory='{need}MiB'."
        )
    return min(limit // each, _MOST.get(device.type, _MOST["cuda"]))


def forward_bytes(graph: fx.Graph) -> int:
    """The most bytes that the values of one picture take at once in a pass without autograd."""
    last = {source: node for node in graph.nodes for source in node.all_input_nodes}
    live: dict[fx.Node, int] = {}
    peak = 0
    for node in graph.nodes:
        live[node] = 0 if is_view(node) else value_bytes(node)
        peak = max(peak, sum(live.values()))
        for source in node.all_input_nodes:
            if last[source] is node and not any(is_view(user) for user in source.users):
                live.pop(source, None)
    return peak


def backward_bytes(graph: fx.Graph) -> int:
    """The bytes that the values of one picture take in a pass that autograd follows."""
    return sum(value_bytes(node) for node in graph.nodes if not is_view(node)) + 2 * forward_bytes(graph)


def largest_bytes(graph: fx.Graph) -> int:
    """The bytes of one picture's largest value."""
    return max(map(value_bytes, graph.nodes))


def value_bytes(node: fx.Node) -> int:
    """The bytes of one picture's share of a value; 0 for weights, which belong to the model."""
    value = node.meta.get("val")
    if node.op == "output" or not isinstance(value, Tensor):
        return 0
    count = 1
    if all(isinstance(size, int) for size in value.shape) and node.op == "placeholder":
        return 0
    for size in value.shape:
        count *= number(size, 1)
    return count * value.element_size()


def sweep(what: str, count: int, at_once: int, compute: Callable[[int, int], Found]) -> Iterator[Found]:
    """`compute(start, stop)` over `count` things, at most `at_once` together, in order.

    Where memory runs out, the same things are tried in halves, down to one.

    Raises:
        MemoryLimitError: memory runs out with one.
    """
    start, size = 0, at_once
    with stage(what, count) as advance:
        while start < count:
            stop = min(start + size, count)
            found = _unless_full(compute, start, stop)
            if found is None:
                if size == 1:
                    raise MemoryLimitError(
                        f"{what}: the machine's memory is full with one picture. "
                        "Use a smaller network or input size, or a method that needs fewer values at once."
                    )
                size = max(1, (stop - start) // 2)
                continue
            yield found[0]
            advance(stop - start)
            start = stop


def _unless_full(compute: Callable[[int, int], Found], start: int, stop: int) -> tuple[Found] | None:
    """What was computed, or None where memory ran out; the failed attempt's own memory is free again."""
    try:
        return (compute(start, stop),)
    except (MemoryError, torch.OutOfMemoryError):
        return None
    except RuntimeError as error:
        if "not enough memory" in str(error) or "can't allocate memory" in str(error):
            return None
        raise
