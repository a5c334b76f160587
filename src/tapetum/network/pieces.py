"""Models that accept one batch size only: larger and smaller batches run in pieces of that size."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from tapetum.network.program import Program


def in_pieces(program: Program) -> Callable[..., tuple[Any, ...]]:
    """The program for any number of pictures; the last piece is filled up with its last picture.

    A value may have several rows per picture (windows, groups): how many a piece has is known from the graph.
    """
    placeholders = [node for node in program.graph.nodes if node.op == "placeholder"]
    given = [_rows(node) for node in placeholders[: len(program.inputs)]]
    answers = program.graph.output_node().args[0]
    assert isinstance(answers, tuple)
    wanted = [_rows(node) for node in answers]

    def run(*inputs: Tensor) -> tuple[Any, ...]:
        rows = len(inputs[0])
        count = -(-rows // given[0])
        pieces = zip(*(_cut(v, size, count) for v, size in zip(inputs, given, strict=True)), strict=True)
        results = zip(*(program(*piece) for piece in pieces), strict=True)
        return tuple(
            torch.cat(values)[: rows * size // given[0]] for values, size in zip(results, wanted, strict=True)
        )

    return run


def _rows(node: Any) -> int:
    return int(node.meta["val"].shape[0])


def _cut(value: Tensor, size: int, count: int) -> tuple[Tensor, ...]:
    short = size * count - len(value)
    filled = torch.cat([value, value[-1:].expand(short, *value.shape[1:])]) if short else value
    return torch.split(filled, size)
