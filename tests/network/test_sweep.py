"""Sweeps: sizes of memory, halves where it runs out, and progress."""

import pytest
import torch
from small_networks import Plain, noise, seeded
from torch import Tensor

from tapetum.errors import MemoryLimitError
from tapetum.network import Network, Preparation, sweep
from tapetum.network.sweep import memory_bytes
from tapetum.progress import listening


def test_sizes() -> None:
    assert memory_bytes("1GiB") == 2**30
    assert memory_bytes("500 MB") == 500_000_000
    assert memory_bytes("1.5gib") == 3 * 2**29
    assert memory_bytes(4096) == 4096
    for wrong in ("much", "-1GiB", "0", "1TiBs", ""):
        with pytest.raises(MemoryLimitError, match="1GiB"):
            memory_bytes(wrong)


def test_a_limit_too_small_for_one_picture_says_what_is_needed() -> None:
    network = Network(seeded(Plain()), Preparation(16, 16))
    with pytest.raises(MemoryLimitError, match="at least memory='1MiB'"):
        network.at_once("10B")
    assert network.at_once("1GiB") == 32
    assert 1 <= network.at_once("200KiB", backward=True) < network.at_once("200KiB")


def test_halves_down_to_one_where_memory_runs_out() -> None:
    tried = []

    def compute(start: int, stop: int) -> list[int]:
        tried.append(stop - start)
        if stop - start > 2:
            raise MemoryError
        return list(range(start, stop))

    assert [k for part in sweep("Trying", 9, 8, compute) for k in part] == list(range(9))
    assert tried == [8, 4, 2, 2, 2, 2, 1]


def test_one_that_does_not_fit_is_an_error() -> None:
    def compute(start: int, stop: int) -> Tensor:
        raise torch.OutOfMemoryError("full")

    with pytest.raises(MemoryLimitError, match="memory is full"):
        list(sweep("Trying", 4, 4, compute))


def test_other_errors_pass() -> None:
    def compute(start: int, stop: int) -> Tensor:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        list(sweep("Trying", 4, 4, compute))


def test_progress_is_told() -> None:
    told = []
    with listening(lambda what, done, total: told.append((what, done, total))):
        list(sweep("Trying", 5, 2, lambda start, stop: noise((1,))))
    assert told == [("Trying", 0, 5), ("Trying", 2, 5), ("Trying", 4, 5), ("Trying", 5, 5)]
