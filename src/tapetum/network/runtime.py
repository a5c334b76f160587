"""The runtime of one captured network: parts of its graph, each on the fastest engine that applies."""

import contextlib
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

from tapetum.errors import ModelError, TapetumError
from tapetum.network import compiled
from tapetum.network.axes import number
from tapetum.network.capture import Capture
from tapetum.network.fingerprint import fingerprint
from tapetum.network.fold import Twin, fold
from tapetum.network.openvino_import import available
from tapetum.network.packed import packable, packed
from tapetum.network.packed_back import packed_back
from tapetum.network.pieces import in_pieces
from tapetum.network.program import NO_RULES, Program, Reuse, Rules, frontier, part
from tapetum.network.surroundings import plain
from tapetum.network.sweep import forward_bytes, largest_bytes

Engine = Literal["auto", "torch", "openvino"]
Precision = Literal["float32", "bfloat16"]
Form = Literal["folded", "faithful"]
Run = Callable[..., tuple[Any, ...]]

_REUSED = 32 * 2**20
"""Bytes of a block up to which the C library hands it out again; larger ones it takes anew from the system,
which gives them page by page, slower than most operations fill them."""

_MANY = 1 << 30

_WORTH_COMPILING = 64
"""Pictures through one part of the network from which on its conversion pays for itself."""


@dataclass(eq=False)
class _Memory:
    """What is known of one batch."""

    batch: Tensor
    values: dict[str, Any] = field(default_factory=dict)
    tapes: dict[str, "Tape"] = field(default_factory=dict)
    engine: str = "torch"


@dataclass(frozen=True, eq=False)
class Tape:
    """A pass that autograd can follow back: from `leaf` to the values asked for, the logits among them."""

    leaf: Tensor
    values: dict[str, Any]


class Runtime:
    """Runs one captured graph, or its folded twin, or parts of either, and notices weights that moved.

    `facts` are the words that enter the fingerprint beside graph and weights.
    """

    def __init__(self, capture: Capture, facts: str, engine: Engine, precision: Precision) -> None:
        self.capture, self.facts, self.engine, self.precision = capture, facts, engine, precision
        self._twin: Twin | None = None
        self._shared: frozenset[str] = frozenset()
        self._programs: dict[tuple[Any, ...], Run] = {}
        self._compiled: dict[tuple[str, ...], compiled.Compiled | None] = {}
        self._asked: dict[tuple[str, ...], int] = {}
        self._expected = 0
        self._heads: dict[tuple[str, str], tuple[list[str], Run]] = {}
        self._backward_at_once: int | None = None
        self._packable: bool | None = None
        self.passes: Counter[str] = Counter()
        nodes = {node.name: node.meta.get("val") for node in capture.graph.nodes}
        self._sizes = {name: value for name, value in nodes.items() if _is_size(value)}
        self._fingerprint: str | None = None
        self._kept = threading.local()
        if engine == "openvino":
            self._require_openvino()

    @property
    def input(self) -> str:
        """The name of the picture batch in both graphs."""
        return self.capture.input.name

    @property
    def output(self) -> str:
        """The name of the logits in both graphs."""
        return self.capture.output.name

    @property
    def _memory(self) -> _Memory | None:
        """What is kept, by each thread for itself: the server puts a long one aside for a quick one."""
        kept: _Memory | None = getattr(self._kept, "memory", None)
        return kept

    @_memory.setter
    def _memory(self, memory: _Memory | None) -> None:
        self._kept.memory = memory

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits over weights, graph and facts, as of the last `settle()`."""
        if self._fingerprint is None:
            with plain():
                self._fingerprint = fingerprint(self.capture.graph, self.capture.weights, self.facts)
        return self._fingerprint

    def settle(self) -> None:
        """Notice weights that moved since the last use."""
        with plain():
            if self.capture.weights.moved():
                self._forget()

    def refresh(self) -> None:
        """Read every weight anew."""
        with plain():
            self.capture.weights.look_again()
        self._forget()

    def compiles(self) -> bool:
        """Whether logits come from the compiled engine; it is made ready where that is worth it."""
        shape = (2, *self.capture.input_shape)
        few = torch.zeros(shape, device=self.device, dtype=self.capture.weights.dtype)
        with plain(), torch.no_grad():
            return self.form([self.output]) == "folded" and self._compiled_for(few, [self.output]) is not None

    @contextlib.contextmanager
    def remembering(self, batch: Tensor) -> Iterator[None]:
        """Inside, what is computed for this very batch is kept, and computed once."""
        outer = self._memory
        self._memory = self.memory_of(batch) or _Memory(batch)
        try:
            yield
        finally:
            self._memory = outer

    def memory_of(self, batch: Tensor) -> _Memory | None:
        """What is kept of this batch, where something is."""
        return self._memory if self._memory is not None and self._memory.batch is batch else None

    def faithful(self, batch: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
        """Values exactly as the model itself computes them."""
        wanted = tuple(dict.fromkeys(names))
        with plain(), torch.no_grad():
            self.settle()
            values = self.program("faithful", [self.input], wanted)(batch)
        return dict(zip(wanted, values, strict=True))

    def values(self, batch: Tensor, names: Sequence[str]) -> tuple[dict[str, Any], str]:
        """Values by name, forward only, and the engine that computed them; after `settle()`."""
        memory = self.memory_of(batch)
        if memory is None:
            return self._run(batch, list(dict.fromkeys(names)))
        missing = [name for name in dict.fromkeys(names) if name not in memory.values]
        if missing:
            fresh, memory.engine = self._run(batch, missing)
            memory.values.update(fresh)
        return {name: memory.values[name] for name in names}, memory.engine

    def tape(self, batch: Tensor, names: Sequence[str], rules: Rules = NO_RULES) -> Tape:
        """A pass from the picture to values and the logits, for autograd to follow; after `settle()`.

        Of a remembered batch it is used again where it holds all values asked for.
        """
        wanted = tuple(dict.fromkeys([*names, self.output]))
        memory = self.memory_of(batch)
        if memory is not None and rules.name in memory.tapes:
            kept = memory.tapes[rules.name]
            if kept.values.keys() >= set(wanted):
                return kept
        program = self.followed(wanted, len(batch), rules)
        with plain(), torch.enable_grad():
            leaf = channels_last(batch).detach().requires_grad_()
            made = Tape(leaf, dict(zip(wanted, program(leaf), strict=True)))
        self.passes["forward"] += len(batch)
        if memory is not None:
            memory.tapes[rules.name] = made
            if rules is NO_RULES:
                memory.values.update({name: _detached(value) for name, value in made.values.items()})
        return made

    def has_tape(self, batch: Tensor, name: str, rules: Rules = NO_RULES) -> bool:
        """Whether a pass that holds this value is kept."""
        memory = self.memory_of(batch)
        return memory is not None and rules.name in memory.tapes and name in memory.tapes[rules.name].values

    def head(self, layer: str, rules: Rules = NO_RULES) -> tuple[list[str], Run]:
        """The values that the network after a layer starts from, and that part, for autograd to follow.

        The layer comes first, then what bypasses it.
        """
        key = layer, rules.name
        if key not in self._heads:
            form = self.form([layer])
            graph = self.twin().graph if form == "folded" else self.capture.graph
            given = [layer, *frontier(graph, [layer], [self.output])]
            self._heads[key] = given, self.program(form, given, [self.output], reuse="backward", rules=rules)
        return self._heads[key]

    def expect(self, pictures: int) -> None:
        """Say how many pictures will be asked for their logits, so that one engine is chosen for all."""
        self._expected = pictures

    def part_bytes(self, inputs: Sequence[str], outputs: Sequence[str]) -> int:
        """The most bytes that one picture takes at once in the part of the graph between these values."""
        source: Twin | Capture = self.twin() if self.form(inputs) == "folded" else self.capture
        cut = part(source.graph, source.weights, inputs, outputs)
        return -(-forward_bytes(cut.graph) // (self.capture.batch or 1))

    def form(self, names: Sequence[str]) -> Form:
        """The folded twin, unless a value is asked for that exists in the faithful graph only."""
        self.twin()
        return "folded" if self._shared.issuperset(names) else "faithful"

    def twin(self) -> Twin:
        """The folded twin, made at its first use."""
        if self._twin is None:
            with plain(), torch.no_grad():
                self._twin = fold(self.capture.graph, self.capture.weights)
            self._shared = frozenset(node.name for node in self._twin.graph.nodes)
        return self._twin

    def program(
        self,
        form: Form,
        inputs: Sequence[str],
        outputs: Sequence[str],
        *,
        reuse: Reuse | None = None,
        rules: Rules = NO_RULES,
    ) -> Run:
        """The part of a graph between values, in pieces where the model accepts one batch size only."""
        key = (form, tuple(inputs), tuple(outputs), reuse, rules.name)
        if key not in self._programs:
            source: Twin | Capture = self.twin() if form == "folded" else self.capture
            cut: Program = part(source.graph, source.weights, inputs, outputs, reuse=reuse, rules=rules)
            self._programs[key] = cut if self.capture.batch is None else in_pieces(cut)
        return self._programs[key]

    def sizes(self, names: Sequence[str], pictures: int) -> dict[str, int]:
        """Those of the values that are sizes, for a batch of so many pictures."""
        return {name: number(self._sizes[name], pictures) for name in names if name in self._sizes}

    def _run(self, batch: Tensor, names: Sequence[str]) -> tuple[dict[str, Any], str]:
        values: dict[str, Any] = {**self.sizes(names, len(batch))}
        tensors = [name for name in names if name not in values]
        self.passes["forward"] += len(batch)
        with plain(), torch.no_grad():
            form = self.form(tensors)
            engine = self._compiled_for(batch, tensors) if form == "folded" else None
            if engine is not None:
                return values | dict(zip(tensors, engine(batch), strict=True)), engine.name
            program = self._forward(form, tensors, len(batch))
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
                found = program(channels_last(batch) if form == "folded" else batch)
            if self.precision == "bfloat16":
                found = tuple(value.to(batch.dtype) for value in found)
            return values | dict(zip(tensors, found, strict=True)), "torch"

    def _forward(self, form: Form, names: Sequence[str], pictures: int) -> Run:
        """The part of the network from the picture to these values, at its fastest on torch."""
        if form == "faithful" or not self._packs():
            return self.program(form, [self.input], names, reuse="forward")
        key = (form, tuple(names), "packed", pictures == 1)
        if key not in self._programs:
            twin = self.twin()
            cut = packed(part(twin.graph, twin.weights, [self.input], names), pictures)
            self._programs[key] = cut if self.capture.batch is None else in_pieces(cut)
        return self._programs[key]

    def followed(self, names: Sequence[str], pictures: int, rules: Rules = NO_RULES) -> Run:
        """The part of the network from the picture to these values, for autograd to follow."""
        form = self.form(names)
        if form == "faithful" or not self._packs():
            return self.program(form, [self.input], names, reuse="backward", rules=rules)
        key = (form, tuple(names), "packed back", pictures == 1, rules.name)
        if key not in self._programs:
            twin = self.twin()
            cut = packed_back(part(twin.graph, twin.weights, [self.input], names, rules=rules), pictures)
            self._programs[key] = cut if self.capture.batch is None else in_pieces(cut)
        return self._programs[key]

    def _packs(self) -> bool:
        """Whether convolutions may run packed; found out once for these weights."""
        if self._packable is None:
            self._packable = self.precision == "float32" and packable(self.twin().weights)
        return self._packable

    @property
    def backward_at_once(self) -> int:
        """How many pictures are fastest together where gradients go back through the whole network."""
        if self.device.type != "cpu":
            return _MANY
        if self._backward_at_once is None:
            self._backward_at_once = max(1, _REUSED // largest_bytes(self.twin().graph))
        return self._backward_at_once

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.capture.weights.device

    def _require_openvino(self) -> None:
        if not available():
            raise ModelError(
                "The engine 'openvino' is not installed. Install it: pip install 'tapetum[fast]'."
            )
        if not self._compilable:
            raise ModelError(
                "The engine 'openvino' runs float32 networks that take any batch size, on a CPU. "
                "Use engine='torch' for this one."
            )

    @property
    def _compilable(self) -> bool:
        fits = self.device.type == "cpu" and self.capture.weights.dtype == torch.float32
        return fits and self.capture.batch is None

    def _compiled_for(self, batch: Tensor, names: Sequence[str]) -> compiled.Compiled | None:
        """The compiled engine for these outputs, where it is installed and worth the conversion."""
        if self.engine == "torch" or not self._compilable:
            return None
        key = tuple(names)
        if key in self._compiled:
            return self._compiled[key]
        if not available():
            return None
        self._asked[key] = self._asked.get(key, 0) + len(batch)
        worth = max(self._asked[key], self._expected if names == [self.output] else 0)
        if self.engine == "auto" and worth < _WORTH_COMPILING:
            return None
        reference = self.program("folded", [self.input], names)
        if not all(_finite(value) for value in reference(channels_last(batch[:2]))):
            return None  # nothing that the engine could be checked against
        check = (batch[:2], lambda few: reference(channels_last(few)))
        found = None
        try:
            found = compiled.compile_part(self.twin(), names, self.fingerprint, self.precision, check)
        except TapetumError as error:
            if self.engine == "openvino":
                raise
            warnings.warn(f"{error} This network runs on torch.", RuntimeWarning, stacklevel=2)
        self._compiled[key] = found
        return found

    def _forget(self) -> None:
        self._twin = None
        self._packable = None
        self._fingerprint = None
        self._compiled.clear()
        self._asked.clear()
        self._heads.clear()
        self._programs = {key: p for key, p in self._programs.items() if key[0] == "faithful"}
        if self._memory is not None:
            self._memory = _Memory(self._memory.batch)


def channels_last(batch: Tensor) -> Tensor:
    """The same values, in channels-last memory where there are four dimensions."""
    return batch.contiguous(memory_format=torch.channels_last) if batch.dim() == 4 else batch


def _detached(value: Any) -> Any:
    return value.detach() if isinstance(value, Tensor) else value


def _finite(value: Any) -> bool:
    return not isinstance(value, Tensor) or bool(torch.isfinite(value).all())


def _is_size(value: Any) -> bool:
    return isinstance(value, int | torch.SymInt)
