"""A classifier that can be asked: predictions, layers, activations, and parts of its graph for instruments."""

import contextlib
import hashlib
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import torch
from jaxtyping import Float
from PIL.Image import Image
from torch import Tensor, nn

from tapetum.errors import LayerError, ModelError, NonFiniteError, PictureError, TapetumError
from tapetum.network import compiled
from tapetum.network.capture import Capture, capture
from tapetum.network.fold import Twin, fold
from tapetum.network.layers import Layer, default_layer, find_layer, layer_table
from tapetum.network.preparation import Preparation
from tapetum.network.program import Program, frontier, part
from tapetum.network.stages import Stage, stages
from tapetum.network.targets import Targets, class_logits, resolve
from tapetum.pictures import Picture, PictureSource, open_picture
from tapetum.results import ClassScore, Heatmap, NetworkFacts, Prediction

Engine = Literal["auto", "torch", "openvino"]
Precision = Literal["float32", "bfloat16"]

_WORTH_COMPILING = 64
"""Pictures through one part of the network from which on its conversion pays for itself."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a method was given: the batch that the network reads, and the pictures where there were any."""

    batch: Float[Tensor, "batch channel height width"]
    pictures: tuple[Picture, ...] = ()
    seen: tuple[Image, ...] = ()
    started: float = field(default_factory=time.perf_counter)


@dataclass(frozen=True, eq=False)
class Gradient:
    """The gradient of the score with respect to the picture or to a layer, and what came with it.

    `at` is the value that the gradient belongs to, of the same shape as `values`.
    """

    values: Tensor
    at: Tensor
    logits: Tensor
    targets: Targets
    engine: str


class Network:
    """One captured classifier. Made by `tapetum.load`.

    Attributes:
        name: what it is called.
        labels: one label per class.
        preparation: how pictures become input.
        layers: every layer in execution order.
    """

    def __init__(
        self,
        model: nn.Module,
        preparation: Preparation,
        labels: Sequence[str] | None = None,
        *,
        name: str = "network",
        source: str = "",
        output: str | int | None = None,
        device: torch.device | str | None = None,
        engine: Engine = "auto",
        precision: Precision = "float32",
        batch: int | None = None,
    ) -> None:
        shape = (preparation.channels, preparation.rows, preparation.columns)
        with _plain():
            self._capture: Capture = capture(
                model,
                shape if batch is None else (batch, *shape),
                output=output,
                device=None if device is None else _device(device),
            )
        self.name, self.source, self.preparation = name, source, preparation
        self.engine: Engine = engine
        self.precision: Precision = precision
        self._again = (model, labels, {"source": source, "output": output, "device": device})
        self._twin: Twin | None = None
        self._programs: dict[tuple[Any, ...], Program] = {}
        self._compiled: dict[tuple[str, ...], compiled.Compiled | None] = {}
        self._asked: dict[tuple[str, ...], int] = {}
        self._fingerprint: str | None = None
        self._memory: dict[tuple[int, str], Any] | None = None
        self._sizes: dict[tuple[int, int], Network] = {}
        outputs = int(self._capture.output.meta["val"].shape[1])
        self.labels = _labels(labels, outputs)
        if engine == "openvino" and not compiled.available():
            raise ModelError(
                "The engine 'openvino' is not installed. Install it: pip install 'tapetum[fast]'."
            )

    # ---- what a person asks ------------------------------------------------------------------------------

    def __call__(self, batch: Float[Tensor, "batch channel height width"]) -> Float[Tensor, "batch outputs"]:
        """The logits of a prepared batch, bit for bit those of the model itself, without autograd."""
        inputs = self.inputs(batch).batch
        with _plain(), torch.no_grad():
            self._settle()
            return self._pieces(self._program("faithful", [self._input], [self._output]))(inputs)[0]

    def predict(
        self, pictures: PictureSource | Sequence[PictureSource] | Tensor, *, top: int = 5
    ) -> Prediction | list[Prediction]:
        """The `top` strongest classes of one picture, or of each of several.

        Raises:
            PictureError: a picture cannot be read.
            NonFiniteError: the network answers NaN or infinity.
        """
        several = isinstance(pictures, list | tuple | Tensor)
        given: Sequence[Any] = pictures if isinstance(pictures, list | tuple) else [pictures]
        if isinstance(pictures, Tensor):
            found = self._predictions(self.inputs(pictures), top)
        else:
            found = []
            for start in range(0, len(given), 16):
                found += self._predictions(self.inputs(given[start : start + 16]), top)
        return found if several else found[0]

    def _predictions(self, inputs: Inputs, top: int) -> list[Prediction]:
        logits, engine = self.evaluate(inputs.batch, [])
        names = [picture.name for picture in inputs.pictures] or [f"picture {i}" for i in range(len(logits))]
        return self.predictions(logits, names, top=top, engine=engine)

    def predictions(
        self,
        logits: Float[Tensor, "batch outputs"],
        names: Sequence[str],
        *,
        top: int = 5,
        engine: str = "torch",
    ) -> list[Prediction]:
        """What these logits say, in the words of the labels."""
        if top < 1:
            raise ModelError(f"top is {top}. Ask for at least one class.")
        if not bool(torch.isfinite(logits).all()):
            raise NonFiniteError(
                "The network answers NaN or infinity. Check its weights, and that the preparation is the one it was trained with."
            )
        per_class = class_logits(logits.float())
        if self._capture.activation == "sigmoid" or logits.shape[1] == 1:
            probabilities = torch.sigmoid(per_class)
        else:
            probabilities = torch.softmax(per_class, 1)
        order = per_class.argsort(1, descending=True, stable=True)[:, :top]
        return [
            Prediction(
                name,
                tuple(
                    ClassScore(i, self.labels[i], float(probabilities[row, i]), float(per_class[row, i]))
                    for i in order[row].tolist()
                ),
                engine,
            )
            for row, name in enumerate(names)
        ]

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Every layer in execution order, a container before what it holds."""
        rows, columns = self._capture.input_shape[1:]
        return tuple(layer_table(self._capture.graph, self._capture.weights, rows, columns))

    def layer(self, name: str | None = None) -> Layer:
        """The layer with this name (a unique ending is enough); None gives the default one for heatmaps.

        Raises:
            LayerError: there is no such layer; the message lists the nearest names.
        """
        if name is not None:
            return find_layer(self.layers, name)
        found = default_layer(self._capture.graph, self.layers)
        if found is None:
            raise LayerError(
                f"{self.name} has no layer with rows and columns before its verdict, so it has no default layer. "
                "Name one with layer=, or use a method that needs none: saliency."
            )
        return found

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The network gathered into about a dozen stages."""
        return tuple(stages(self._capture.graph, self.layers))

    def activations(
        self,
        batch: Float[Tensor, "batch channel height width"] | PictureSource | Sequence[PictureSource],
        layers: Sequence[str],
    ) -> dict[str, Tensor]:
        """The values of any layers, in one pass, by the names they were asked for.

        Shapes are (batch, channel, rows, columns) for layers with rows and columns.

        Raises:
            LayerError: an unknown layer.
        """
        nodes = {name: self.layer(name).node for name in layers}
        inputs = self.inputs(batch).batch
        with _plain(), torch.no_grad():
            self._settle()
            program = self._program("faithful", [self._input], list(dict.fromkeys(nodes.values())))
            values = dict(zip(program.outputs, self._pieces(program)(inputs), strict=True))
        return {name: values[node] for name, node in nodes.items()}

    def prepare(
        self, pictures: PictureSource | Sequence[PictureSource]
    ) -> Float[Tensor, "batch channel height width"]:
        """Pictures as the batch that the network reads."""
        return self.inputs(pictures).batch

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits over weights, graph, labels and preparation."""
        self._settle()
        if self._fingerprint is None:
            digest = hashlib.sha256(f"{self.preparation!r}{self.labels!r}{self._capture.activation}".encode())
            for node in self._capture.graph.nodes:
                digest.update(f"{node.name}|{node.target}|{node.args}|{node.kwargs}".encode())
            for name in sorted(self._capture.weights):
                value = self._capture.weights[name].detach().cpu().contiguous()
                digest.update(f"{name}{tuple(value.shape)}{value.dtype}".encode())
                digest.update(value.reshape(-1).view(torch.uint8).numpy().data)
            self._fingerprint = digest.hexdigest()[:32]
        return self._fingerprint

    @property
    def device(self) -> torch.device:
        return self._capture.weights.device

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(channels, rows, columns)."""
        return self._capture.input_shape

    @property
    def parameters(self) -> int:
        """How many learnt numbers the graph reads."""
        weights = self._capture.weights
        return sum(weights[name].numel() for name in weights if weights.is_parameter(name))

    def refresh(self) -> None:
        """Read every weight anew, also a change too small for the check before each use to notice."""
        with _plain():
            self._capture.weights.look_again()
        self._forget()

    def at_size(self, rows: int, columns: int) -> "Network":
        """The same network for another input size: another capture, kept."""
        size = (rows, columns)
        if size == self.input_shape[1:]:
            return self
        if size not in self._sizes:
            model, labels, rest = self._again
            self._sizes[size] = Network(
                model,
                self.preparation.at_size(rows, columns),
                labels,
                name=self.name,
                engine=self.engine,
                precision=self.precision,
                **rest,
            )
        return self._sizes[size]

    def facts(self, engine: str = "torch") -> NetworkFacts:
        """What a report says about the network."""
        return NetworkFacts(
            name=self.name,
            source=self.source,
            classes=len(self.labels),
            parameters=self.parameters,
            input=self.input_shape,
            fingerprint=self.fingerprint,
            engine=engine,
            device=str(self.device),
            precision=self.precision,
            preparation=str(self.preparation),
        )

    def __repr__(self) -> str:
        channels, rows, columns = self.input_shape
        return f"Network({self.name!r}, {channels}×{rows}×{columns} → {len(self.labels)} classes)"

    # ---- what an instrument asks -------------------------------------------------------------------------

    def inputs(self, pictures: Any) -> Inputs:
        """Pictures, one or many, or an already prepared batch, as the network's input.

        Raises:
            PictureError: a batch of the wrong shape, or a picture that cannot be read.
            NonFiniteError: NaN or infinity in the batch.
        """
        if isinstance(pictures, Inputs):
            return pictures
        if isinstance(pictures, Tensor):
            return Inputs(self._checked(pictures))
        several = isinstance(pictures, list | tuple)
        opened = tuple(open_picture(p) for p in (pictures if several else [pictures]))
        if not opened:
            raise PictureError("There are no pictures. Give at least one.")
        batch = torch.stack([self.preparation(picture) for picture in opened])
        return Inputs(batch.to(self.device), opened, tuple(self.preparation.seen(p) for p in opened))

    def evaluate(self, batch: Tensor, layers: Sequence[Layer]) -> Any:
        """(logits, engine) without layers; otherwise (logits, values of the layers in order, engine).

        Forward only, on the fastest engine that applies. Inside `remembering()` nothing is computed twice.
        """
        names = list(dict.fromkeys(layer.node for layer in layers))
        values, engine = self._values(batch, [*names, self._output])
        logits = values[self._output]
        if not layers:
            return logits, engine
        return logits, tuple(values[layer.node] for layer in layers), engine

    def gradient(self, inputs: Inputs, target: Any, layer: Layer | None = None) -> Gradient:
        """The gradient of the target's score with respect to the picture, or to a layer's values.

        Up to the layer the network runs forward only, on the fastest engine; autograd sees what comes after
        it, and never a weight.

        Raises:
            TargetError: not a class of this network.
            LayerError: the verdict does not depend on the layer.
        """
        self._settle()
        if layer is None:
            form, given = self._form([self._output]), [self._input]
            values: list[Any] = [_channels_last(inputs.batch)]
            engine = "torch"
        else:
            form = self._form([layer.node])
            graph = self._twin_now().graph if form == "folded" else self._capture.graph
            given = [layer.node, *frontier(graph, [layer.node], [self._output])]
            found, engine = self._values(inputs.batch, [*given, self._output])
            values = [found[name] for name in given]
        program = self._pieces(self._program(form, given, [self._output]))
        with _plain(), torch.enable_grad():
            leaf = values[0].detach().requires_grad_()
            (logits,) = program(leaf, *values[1:])
            targets = resolve(target, self.labels, logits.detach())
            (gradient,) = torch.autograd.grad(targets.score(logits).sum(), leaf, allow_unused=True)
        if gradient is None:
            raise LayerError(
                f"The score does not depend on {layer.name if layer else 'the picture'}. "
                "Choose a layer that the verdict is computed from."
            )
        return Gradient(gradient, leaf.detach(), logits.detach(), targets, engine)

    def heatmap(
        self,
        method: str,
        values: Float[Tensor, "batch rows columns"],
        inputs: Inputs,
        gradient: Gradient,
        **facts: Any,
    ) -> Heatmap:
        """A method's values with where they came from."""
        return Heatmap(
            values=values.detach().float().cpu(),
            method=method,
            targets=gradient.targets.items,
            score=gradient.targets.score(gradient.logits).float().cpu(),
            size=self.input_shape[1:],
            network=self.name,
            fingerprint=self.fingerprint,
            engine=gradient.engine,
            seconds=time.perf_counter() - inputs.started,
            seen=inputs.seen,
            **facts,
        )

    @contextlib.contextmanager
    def remembering(self) -> Iterator[None]:
        """Inside, values computed for a batch are kept, so that several instruments share one forward pass."""
        outer, self._memory = self._memory, {} if self._memory is None else self._memory
        try:
            yield
        finally:
            self._memory = outer

    # ---- inside ------------------------------------------------------------------------------------------

    @property
    def _input(self) -> str:
        return self._capture.input.name

    @property
    def _output(self) -> str:
        return self._capture.output.name

    def _values(self, batch: Tensor, names: Sequence[str]) -> tuple[dict[str, Any], str]:
        memory = self._memory if self._memory is not None else {}
        missing = [name for name in names if (id(batch), name) not in memory]
        if missing:
            fresh, engine = self._run(batch, missing)
            memory.update({(id(batch), name): value for name, value in fresh.items()})
            memory[id(batch), "engine"] = engine
            memory[id(batch), "batch"] = batch
        return {name: memory[id(batch), name] for name in names}, memory[id(batch), "engine"]

    def _run(self, batch: Tensor, names: Sequence[str]) -> tuple[dict[str, Any], str]:
        with _plain(), torch.no_grad():
            self._settle()
            form = self._form(names)
            if form == "folded":
                engine = self._compiled_for(batch, names)
                if engine is not None:
                    return dict(zip(names, engine(batch), strict=True)), engine.name
            program = self._program(form, [self._input], names, in_place=True)
            given = _channels_last(batch) if form == "folded" else batch
            if self.precision == "bfloat16":
                with torch.autocast(self.device.type, torch.bfloat16):
                    values = self._pieces(program)(given)
                values = tuple(v.float() if isinstance(v, Tensor) else v for v in values)
            else:
                values = self._pieces(program)(given)
            return dict(zip(names, values, strict=True)), "torch"

    def _form(self, names: Sequence[str]) -> Literal["folded", "faithful"]:
        """The folded twin, unless a value is asked for that exists in the faithful graph only."""
        there = {node.name for node in self._twin_now().graph.nodes}
        return "folded" if all(name in there for name in names) else "faithful"

    def _program(
        self, form: str, inputs: Sequence[str], outputs: Sequence[str], *, in_place: bool = False
    ) -> Program:
        key = (form, tuple(inputs), tuple(outputs), in_place)
        if key not in self._programs:
            source: Any = self._twin_now() if form == "folded" else self._capture
            self._programs[key] = part(source.graph, source.weights, inputs, outputs, in_place=in_place)
        return self._programs[key]

    def _twin_now(self) -> Twin:
        if self._twin is None:
            with _plain(), torch.no_grad():
                self._twin = fold(self._capture.graph, self._capture.weights)
        return self._twin

    def _compiled_for(self, batch: Tensor, names: Sequence[str]) -> compiled.Compiled | None:
        """The compiled engine for these outputs, once it is installed and the work is worth the conversion."""
        if self.engine == "torch" or self.device.type != "cpu" or self._capture.batch is not None:
            return None
        key = tuple(names)
        if key in self._compiled:
            return self._compiled[key]
        if not compiled.available():
            return None
        self._asked[key] = self._asked.get(key, 0) + len(batch)
        if self.engine == "auto" and self._asked[key] < _WORTH_COMPILING:
            return None
        reference = self._program("folded", [self._input], names)
        check = (batch[:2], lambda few: reference(_channels_last(few)))
        try:
            found = compiled.compile_part(self._twin_now(), names, self.fingerprint, self.precision, check)
        except TapetumError as error:
            if self.engine == "openvino":
                raise
            warnings.warn(f"{error} This network runs on torch.", RuntimeWarning, stacklevel=2)
            found = None
        self._compiled[key] = found
        return found

    def _pieces(self, program: Program) -> Callable[..., tuple[Any, ...]]:
        """The program as it is, or in pieces where the model accepts one batch size only."""
        size = self._capture.batch
        if size is None:
            return program

        def run(*inputs: Any) -> tuple[Any, ...]:
            count = len(inputs[0])
            short = -count % size
            columns = [
                torch.cat([v, v[-1:].expand(short, *v.shape[1:])]).split(size)
                if isinstance(v, Tensor)
                else [v] * ((count + short) // size)
                for v in inputs
            ]
            answers = [program(*piece) for piece in zip(*columns, strict=True)]
            return tuple(
                torch.cat(values)[:count] if isinstance(values[0], Tensor) else values[0]
                for values in zip(*answers, strict=True)
            )

        return run

    def _settle(self) -> None:
        """Notice weights that moved since the last use."""
        with _plain():
            if self._capture.weights.moved():
                self._forget()

    def _forget(self) -> None:
        self._twin = None
        self._fingerprint = None
        self._compiled.clear()
        self._asked.clear()
        self._programs = {key: p for key, p in self._programs.items() if key[0] == "faithful"}
        if self._memory is not None:
            self._memory.clear()

    def _checked(self, batch: Tensor) -> Tensor:
        channels, rows, columns = self.input_shape
        if (
            batch.dim() != 4
            or not batch.is_floating_point()
            or tuple(batch.shape[1:]) != self.input_shape
            or not len(batch)
        ):
            raise PictureError(
                f"The batch has shape {tuple(batch.shape)} and type {batch.dtype}; {self.name} reads float batches of "
                f"(pictures, {channels}, {rows}, {columns}). Use net.prepare(pictures), or net.at_size(rows, columns)."
            )
        if not bool(torch.isfinite(batch).all()):
            raise NonFiniteError("The batch holds NaN or infinity. Check how it was prepared.")
        clean = batch.detach().to(self.device, torch.float32)
        return clean.clone() if clean.is_inference() else clean


def _labels(labels: Sequence[str] | Mapping[int, str] | None, outputs: int) -> tuple[str, ...]:
    classes = 2 if outputs == 1 else outputs
    if labels is None:
        return tuple(f"class {index}" for index in range(classes))
    if len(labels) != classes:
        note = " (a network with one logit has two classes)" if outputs == 1 else ""
        raise ModelError(
            f"There are {len(labels)} labels for {classes} classes{note}. Give one label per output, in its order."
        )
    listed = [labels[index] for index in range(classes)]
    return tuple(str(label) for label in listed)


def _channels_last(batch: Tensor) -> Tensor:
    return batch.contiguous(memory_format=torch.channels_last) if batch.dim() == 4 else batch


def _device(device: torch.device | str) -> torch.device:
    try:
        wanted = torch.device(device)
    except RuntimeError as error:
        raise ModelError(f"There is no device {str(device)!r}. Use 'cpu', 'cuda' or 'cuda:0'.") from error
    if wanted.type == "cuda" and not torch.cuda.is_available():
        raise ModelError("This machine has no CUDA device that torch can use. Use device='cpu'.")
    return wanted


@contextlib.contextmanager
def _plain() -> Iterator[None]:
    """Compute as if nothing were switched on around the call: no inference mode, no autocast."""
    with contextlib.ExitStack() as stack:
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(False))
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        yield
