"""A classifier that can be asked: predictions, layers, activations, gradients."""

import contextlib
import copy
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, get_args

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from tapetum.errors import LayerError, ModelError, NonFiniteError, PictureError
from tapetum.network.arithmetic import Index, Ledger, index_of, summed
from tapetum.network.axes import Extent, numbers
from tapetum.network.capture import capture
from tapetum.network.default_layer import default_layer
from tapetum.network.field import field
from tapetum.network.filters import Filters, convolved, filters
from tapetum.network.fold import Twin
from tapetum.network.follow import Follow, follow
from tapetum.network.geometry import extents
from tapetum.network.gradient import Gradient, gradient, gradients
from tapetum.network.inputs import Inputs, gather
from tapetum.network.layers import Layer, find_layer, find_layers, layer_table
from tapetum.network.pooled_head import PooledHead, pooled_head
from tapetum.network.preparation import Preparation
from tapetum.network.program import NO_RULES, Rules
from tapetum.network.randomise import drawn_anew
from tapetum.network.regions import Windows, regions
from tapetum.network.runtime import Engine, Precision, Runtime
from tapetum.network.stages import Stage, levels, stages
from tapetum.network.surroundings import plain
from tapetum.network.sweep import backward_bytes, forward_bytes, pictures_at_once
from tapetum.network.tail import Tail
from tapetum.network.targets import Aim, Targets, resolve
from tapetum.network.verdict import checked_labels, probabilities, verdicts
from tapetum.pictures import PictureSource
from tapetum.results import Heatmap, NetworkFacts, PixelBox, Prediction

_AT_ONCE = 16
"""Pictures that are opened and predicted together."""
_SIZES_KEPT = 8
"""Captures for other input sizes that are kept; each has a folded twin with weights of its own."""


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
        with plain():
            self._capture = capture(
                model,
                shape if batch is None else (batch, *shape),
                output=output,
                device=None if device is None else _device(device),
            )
        _check_choice("engine", engine, get_args(Engine))
        _check_choice("precision", precision, get_args(Precision))
        self.name, self.source, self.preparation = name, source, preparation
        self.engine: Engine = engine
        self.precision: Precision = precision
        self.labels = checked_labels(labels, int(self._capture.output.meta["val"].shape[1]))
        facts = f"{preparation!r}{self.labels!r}{self._capture.activation}"
        self._runtime = Runtime(self._capture, facts, engine, precision)
        self._sizes: dict[tuple[int, int], Network] = {}
        self._resized: Callable[[int, int], Network] = lambda rows, columns: Network(
            model,
            preparation.at_size(rows, columns),
            labels,
            name=name,
            source=source,
            output=output,
            device=device,
            engine=engine,
            precision=precision,
            batch=batch,
        )

    # ---- what a person asks ------------------------------------------------------------------------------

    def __call__(self, batch: Float[Tensor, "batch channel height width"]) -> Float[Tensor, "batch outputs"]:
        """The logits of a prepared batch, bit for bit those of the model itself, without autograd."""
        output = self._runtime.output
        return self._runtime.faithful(self.inputs(batch).batch, [output])[output]

    def predict(
        self, pictures: PictureSource | Sequence[PictureSource] | Tensor, *, top: int = 5
    ) -> Prediction | list[Prediction]:
        """The `top` strongest classes of one picture, or of each of several.

        Raises:
            PictureError: a picture cannot be read, or there is none.
            NonFiniteError: the network answers NaN or infinity.
        """
        several = isinstance(pictures, list | tuple | Tensor)
        given: Sequence[Any] | Tensor = (
            pictures if isinstance(pictures, list | tuple | Tensor) else [pictures]
        )
        if not len(given):
            raise PictureError("There are no pictures. Give at least one.")
        found = []
        for start in range(0, len(given), _AT_ONCE):
            inputs = self.inputs(given[start : start + _AT_ONCE])
            logits, _, engine = self.evaluate(inputs.batch)
            names = [p.name for p in inputs.pictures] or [f"picture {start + i}" for i in range(len(logits))]
            found += self.predictions(logits, names, top=top, engine=engine)
        return found if several else found[0]

    def predictions(
        self,
        logits: Float[Tensor, "batch outputs"],
        names: Sequence[str],
        *,
        top: int = 5,
        engine: str = "torch",
    ) -> list[Prediction]:
        """What these logits say, in the words of the labels."""
        return verdicts(logits, self.labels, self._capture.activation, names, top=top, engine=engine)

    def probabilities(self, logits: Float[Tensor, "batch outputs"]) -> Float[Tensor, "batch classes"]:
        """The probability of each class, after the softmax or sigmoid that the network has or implies."""
        return probabilities(logits, self._capture.activation)

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
        found = self._default_layer
        if found is None:
            raise LayerError(
                f"{self.name} has no layer with rows and columns before its verdict, so it has no default "
                "layer. Name one with layer=, or use a method that needs none: saliency."
            )
        return found

    def chosen_layers(self, layer: str | Sequence[str] | None = None) -> tuple[Layer, ...]:
        """Layers by one name, by several joined with "+" or in a list; None gives the default one.

        Raises:
            LayerError: there is no such layer, or the list is empty.
        """
        return (self.layer(),) if layer is None else find_layers(self.layers, layer)

    @cached_property
    def _default_layer(self) -> Layer | None:
        return default_layer(self._capture.graph, self.layers)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The network gathered into about a dozen stages."""
        return tuple(stages(self._capture.graph, self.layers))

    @cached_property
    def pooled_layer(self) -> Layer | None:
        """The layer that is pooled into the verdict's one linear layer; None for other heads."""
        found = self._pooled_head()
        return None if found is None else next(one for one in self.layers if one.node == found.node)

    @property
    def class_weights(self) -> Float[Tensor, "classes channel"] | None:
        """What each channel of the pooled layer is worth to each class; None for other heads."""
        found = self._pooled_head()
        if found is None:
            return None
        weight = found.weight.detach().float().cpu()
        return torch.cat([-weight, weight]) if len(weight) == 1 else weight

    def _pooled_head(self) -> PooledHead | None:
        places = {layer.node: layer.places for layer in self.layers if layer.places is not None}
        return pooled_head(self.folded, places)

    @cached_property
    def levels(self) -> tuple[Stage, ...]:
        """A few stages from the first to the last layer with positions; empty where there is none."""
        last = self.pooled_layer or self._default_layer
        return () if last is None else tuple(levels(self._capture.graph, self.layers, last))

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
        values = self._runtime.faithful(self.inputs(batch).batch, list(nodes.values()))
        return {name: values[node] for name, node in nodes.items()}

    def prepare(
        self, pictures: PictureSource | Sequence[PictureSource]
    ) -> Float[Tensor, "batch channel height width"]:
        """Pictures as the batch that the network reads."""
        return self.inputs(pictures).batch

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits over weights, graph, labels and preparation."""
        self._runtime.settle()
        return self._runtime.fingerprint

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return self._capture.weights.device

    @property
    def dtype(self) -> torch.dtype:
        """The type of the numbers that the network reads and computes with."""
        return self._capture.weights.dtype

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
        self._runtime.refresh()

    def at_size(self, rows: int, columns: int) -> "Network":
        """The same network for another input size: another capture, of which the last eight are kept."""
        size = (rows, columns)
        if size == self.input_shape[1:]:
            return self
        found = self._sizes.pop(size, None) or self._resized(rows, columns)
        self._sizes[size] = found
        if len(self._sizes) > _SIZES_KEPT:
            del self._sizes[next(iter(self._sizes))]
        return found

    def randomised(self, share: float = 1.0, *, seed: int = 0) -> "Network":
        """A network of the same graph whose last `share` of layers has shuffled weights, run by torch.

        The elements of each weight change places, and batch-norms are measured again on noise. Neither this
        network nor the caller's model is touched.
        """
        self._runtime.settle()
        with plain(), torch.no_grad():
            weights = self._capture.weights.changed(drawn_anew(self._capture, share, seed))
        found = copy.copy(self)
        found.name = f"{self.name} with {share:.0%} of its layers randomised"
        found._capture = replace(self._capture, weights=weights)
        found._runtime = Runtime(found._capture, f"{self._runtime.facts}{share}", "torch", self.precision)
        found._sizes = {}
        found._resized = lambda rows, columns: self.at_size(rows, columns).randomised(share, seed=seed)
        return found

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
        with plain(), torch.no_grad():
            return gather(pictures, self.preparation, self.device, self._capture.weights.dtype)

    def evaluate(self, batch: Tensor, layers: Sequence[Layer] = ()) -> tuple[Tensor, tuple[Tensor, ...], str]:
        """The logits, the values of the layers in order, and the engine that computed them.

        Forward only, on the fastest engine that applies. Of a remembered batch nothing is computed twice.
        """
        self._runtime.settle()
        output = self._runtime.output
        values, engine = self._runtime.values(batch, [*(layer.node for layer in layers), output])
        return values[output], tuple(values[layer.node] for layer in layers), engine

    def watch(
        self, batch: Tensor, layers: Sequence[str]
    ) -> tuple[Float[Tensor, "batch outputs"], dict[str, Tensor]]:
        """The logits, and the values of layers by their names, in one pass of the faithful graph.

        Raises:
            LayerError: an unknown layer.
        """
        nodes = {name: self.layer(name).node for name in layers}
        values = self._runtime.faithful(batch, [*nodes.values(), self._runtime.output])
        return values[self._runtime.output], {name: values[node] for name, node in nodes.items()}

    def values(self, batch: Tensor, layers: Sequence[Layer]) -> tuple[Tensor, ...]:
        """The values of the layers in order, forward only, on the fastest engine that applies.

        Nothing after the layers is computed.
        """
        self._runtime.settle()
        found, _ = self._runtime.values(batch, [layer.node for layer in layers])
        return tuple(found[layer.node] for layer in layers)

    def extent(self, layer: Layer) -> Extent:
        """Which rows and columns of the picture each place of a layer can see."""
        return extents(self._capture.graph, *self._capture.input_shape[1:])[layer.node]

    def aim(self, inputs: Inputs, target: Any) -> Aim:
        """What is explained: the target of each picture, resolved on its logits.

        Raises:
            TargetError: not a class of this network.
        """
        logits, _, engine = self.evaluate(inputs.batch)
        return Aim(logits, resolve(target, self.labels, logits), engine)

    def _resolver(self, target: Any, count: int) -> Callable[[Tensor, int], Targets]:
        """Resolves the targets of a piece of a batch of `count` pictures."""
        several = isinstance(target, Targets | list | tuple | Tensor | np.ndarray) and len(target) == count
        return lambda logits, start: resolve(
            target[start : start + len(logits)] if several else target, self.labels, logits
        )

    def scores(self, batch: Tensor, targets: Targets) -> Float[Tensor, " batch"]:
        """The score of one target per picture of a prepared batch, forward only, on the fastest engine."""
        return targets.score(self.evaluate(batch)[0])

    def expect(self, pictures: int) -> None:
        """Tell how many pictures will be evaluated, so that the engine is chosen before the first."""
        self._runtime.settle()
        self._runtime.expect(pictures)

    def regions(self, side: int, rows: Sequence[int], columns: Sequence[int]) -> Windows | None:
        """How to evaluate a picture with a window hidden, only where the window is seen.

        `regions(picture)(base, i, j)` gives logits where `base` stands in the windows that start at the i-th
        of these rows and the j-th of these columns. None where whole passes are cheaper.
        """
        self._runtime.settle()
        return regions(self._runtime, side, rows, columns)

    def gradient(
        self, inputs: Inputs, target: Any, layer: Layer | None = None, *, rules: Rules = NO_RULES
    ) -> Gradient:
        """The gradient of the target's score with respect to the picture, or to a layer's values.

        Up to the layer the network runs forward only, on the fastest engine; autograd sees what comes after
        it, and never a weight. `rules` replace operations by others, for another way back.

        Raises:
            TargetError: not a class of this network, or a function that does not depend on the logits.
            LayerError: the verdict does not depend on the layer.
        """
        return gradient(self._runtime, inputs, self._resolver(target, len(inputs.batch)), layer, rules=rules)

    def gradients(self, inputs: Inputs, target: Any, nodes: Sequence[str]) -> list[Gradient]:
        """The gradients with respect to the picture and then to each of these values of the graph."""
        return gradients(self._runtime, inputs, self._resolver(target, len(inputs.batch)), nodes)

    def follow(self, nodes: Sequence[str], *, rules: Rules = NO_RULES) -> Follow:
        """A pass that autograd can follow from a prepared batch to values of the graph, and no further.

        For instruments that change the picture step by step: weights are looked at once, here, and never get
        a gradient. `network.follow([layer.node, network.output])(batch)` gives the values in this order.
        `rules` replace operations by others, for another way back.
        """
        self._runtime.settle()
        return follow(self._runtime, nodes, rules)

    def index(self, layer: Layer, channel: int, row: int | None = None, column: int | None = None) -> Index:
        """The element of a layer's value at this channel and position, in a batch of one.

        Raises:
            LayerError: a channel or a position that the layer does not have.
        """
        node = next(one for one in self._capture.graph.nodes if one.name == layer.node)
        leading, *rest = numbers(node.meta["val"].shape, 1)
        return index_of(layer, (leading // (self.pinned or 1), *rest), channel, row, column)

    def sums_of(self, layer: Layer) -> Layer:
        """The convolution whose sums a batch-norm and an activation turned into a layer; else the layer."""
        node = convolved(self._capture.graph, layer.node)
        return next((one for one in self.layers if one.node == node and not one.container), layer)

    def field(self, layer: Layer, row: int | None, column: int | None) -> tuple[PixelBox, PixelBox]:
        """What the windows of the layers before reach from a position, and what of it lies on the picture."""
        return field(self._extents[layer.node], self.input_shape[1:], row, column)

    @cached_property
    def _extents(self) -> dict[str, Extent]:
        return extents(self._capture.graph, *self.input_shape[1:])

    def summed(self, node: str) -> str:
        """The value of the graph that an activation is computed from; any other value itself."""
        return summed(self._capture.graph, node)

    def ledger(self, inputs: Inputs) -> Ledger:
        """How every element of the network's values for one picture is computed, term by term.

        Raises:
            PictureError: more than one picture.
        """
        if len(inputs.batch) != 1:
            raise PictureError(
                f"There are {len(inputs.batch)} pictures. Give one: its numbers are written out."
            )
        self._runtime.settle()
        names = [picture.name for picture in inputs.pictures] or ["picture"]
        return Ledger(
            self._capture.graph,
            self.layers,
            weights=self._capture.weights,
            picture=inputs.batch,
            values=lambda nodes: self._runtime.faithful(inputs.batch, nodes),
            facts=(self.name, self._runtime.fingerprint, names[0]),
        )

    def trace(self, inputs: Inputs, names: Sequence[str], target: Any) -> tuple[dict[str, Any], Aim]:
        """Values of the folded graph by name, and what is explained, in one forward pass.

        Raises:
            TargetError: not a class of this network.
        """
        self._runtime.settle()
        found, engine = self._runtime.values(inputs.batch, [*names, self.output])
        logits = found[self.output]
        return found, Aim(logits, resolve(target, self.labels, logits), engine)

    @property
    def output(self) -> str:
        """The name of the logits in the graph."""
        return self._runtime.output

    @property
    def pinned(self) -> int | None:
        """The one batch size that the captured graph accepts, where it is not any."""
        return self._capture.batch

    def tail(self, layer: Layer) -> Tail:
        """The network after a layer, as a function of that layer's values and of what bypasses it."""
        self._runtime.settle()
        given, program = self._runtime.head(layer.node)
        return Tail(tuple(given), program, self._runtime)

    @property
    def folded(self) -> Twin:
        """The graph with batch-norm folded into convolutions, and its weights: for interpreters of it."""
        self._runtime.settle()
        return self._runtime.twin()

    def filters(self, layer: Layer) -> Filters | None:
        """The filters of a convolution over rows and columns; None of any other layer."""
        with plain(), torch.no_grad():
            return filters(self._capture.graph, self._capture.weights, self.folded, layer.node)

    @property
    def backward_at_once(self) -> int:
        """How many pictures are fastest together where gradients go back to them."""
        self._runtime.settle()
        return self._runtime.backward_at_once

    def at_once(self, memory: str | int, *, backward: bool = False) -> int:
        """How many pictures may run through the network together within so much memory above the model's.

        Raises:
            MemoryLimitError: the limit is no size, or too small for one picture.
        """
        graph = self.folded.graph
        each = backward_bytes(graph) if backward else forward_bytes(graph)
        return pictures_at_once(memory, each, self.device)

    def share(
        self, inputs: Inputs, layers: Sequence[Layer], heads: Sequence[Layer] = (), *, backward: bool = False
    ) -> tuple[Tensor, tuple[Tensor, ...], str]:
        """Everything that several instruments need of a remembered batch, in one forward pass.

        Like `evaluate`; besides, what the network after each of `heads` starts from. With `backward`, the
        pass is one that gradients can go back through.
        """
        self._runtime.settle()
        starts = [name for head in heads for name in self._runtime.head(head.node)[0]]
        if backward:
            self._runtime.tape(inputs.batch, [*(layer.node for layer in layers), *starts])
        self._runtime.values(inputs.batch, [*(layer.node for layer in layers), *starts, self._runtime.output])
        return self.evaluate(inputs.batch, layers)

    @property
    def passes(self) -> Counter[str]:
        """How many pictures went through so far: "forward", "backward", and the same of heads alone."""
        return self._runtime.passes

    def heatmap(
        self,
        method: str,
        values: Float[Tensor, "batch rows columns"],
        inputs: Inputs,
        aim: Aim,
        **facts: Any,
    ) -> Heatmap:
        """A method's values with where they came from.

        Raises:
            NonFiniteError: NaN or infinity among the values, or the scores.
        """
        if not bool(torch.isfinite(values).all() and torch.isfinite(aim.score).all()):
            raise NonFiniteError(
                f"The values of {method} hold NaN or infinity, so there is no map. "
                "The network divides by zero or overflows on this picture: "
                "check its weights and the preparation."
            )
        return Heatmap(
            values=values.detach().float().cpu(),
            method=method,
            targets=aim.targets.items,
            score=aim.score.detach().float().cpu(),
            size=self.input_shape[1:],
            network=self.name,
            fingerprint=self._runtime.fingerprint,
            engine=aim.engine,
            seconds=time.perf_counter() - inputs.started,
            seen=inputs.seen,
            **facts,
        )

    @contextlib.contextmanager
    def remembering(self, inputs: Inputs) -> Iterator[None]:
        """Inside, what is computed for these inputs is kept, so that instruments share one forward pass."""
        with self._runtime.remembering(inputs.batch):
            yield


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ModelError(f"There is no {name} {value!r}. Choose one of: {', '.join(choices)}.")


def _device(device: torch.device | str) -> torch.device:
    try:
        wanted = torch.device(device)
    except RuntimeError as error:
        raise ModelError(f"There is no device {str(device)!r}. Use 'cpu', 'cuda' or 'cuda:0'.") from error
    if wanted.type == "cuda" and not torch.cuda.is_available():
        raise ModelError("This machine has no CUDA device that torch can use. Use device='cpu'.")
    return wanted
