"""The layers of a captured network: module calls and operations, with the names their author gave them."""

import difflib
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from torch import Tensor, fx

from tapetum.errors import LayerError
from tapetum.network.axes import Axis, Extent, shape_of
from tapetum.network.cost import multiply_adds
from tapetum.network.geometry import extents
from tapetum.network.tokens import Places, places
from tapetum.network.weights import Weights


@dataclass(frozen=True)
class Layer:
    """One row of the layer table.

    `shape` is per picture. `receptive_field` is (rows, columns) in picture pixels, away from the borders, and
    `stride` how far apart neighbouring fields lie; both are None for a layer without rows and columns, which
    sees the whole picture. `exact` is False where an operation without a geometric rule stands before it.
    `multiply_adds` is for one picture. `node` names the value in the graph, `places` tells where it keeps the
    positions of the picture, also where they are the tokens of a transformer.
    """

    name: str
    kind: str
    module: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    receptive_field: tuple[int, int] | None
    stride: tuple[int, int] | None
    exact: bool
    container: bool
    node: str
    places: Places | None = None

    @property
    def spatial(self) -> bool:
        """Whether the layer has channels at more than one position of the picture."""
        return self.places is not None and self.places.count > 1


@dataclass(eq=False)
class _Call:
    """One call of one module: its path, its type, the nodes that ran inside, and whether another call did."""

    path: str
    kind: str
    depth: int
    nodes: list[fx.Node] = field(default_factory=list)
    container: bool = False
    name: str = ""


def layer_table(graph: fx.Graph, weights: Weights, rows: int, columns: int) -> list[Layer]:
    """Every layer in execution order: where its value is computed, a container before what is inside it."""
    seen = extents(graph, rows, columns)
    positions = places(graph, seen)
    operations = [n for n in graph.nodes if n.op == "call_function" and n.name in seen and _has_tensor(n)]
    order = {node: index for index, node in enumerate(operations)}
    calls = _calls(operations)
    found: list[tuple[tuple[int, int, int], Layer]] = []
    for call in calls:
        place = (order[call.nodes[0] if call.container else _result(call)], 0, call.depth)
        found.append((place, _layer(call, seen, weights, positions)))
    for node, name in _operation_names(operations, calls).items():
        alone = _Call("", "", 0, [node], name=name)
        found.append(((order[node], 1, 0), _layer(alone, seen, weights, positions)))
    return [layer for _, layer in sorted(found, key=lambda pair: pair[0])]


def find_layer(layers: Sequence[Layer], name: str) -> Layer:
    """The layer with this name, or the only one whose name ends with it.

    Raises:
        LayerError: no layer, or several, fit; the message lists the nearest names.
    """
    for layer in layers:
        if layer.name == name:
            return layer
    ending = [layer for layer in layers if layer.name.endswith(("." + name, "/" + name))]
    if len(ending) == 1:
        return ending[0]
    if ending:
        listed = ", ".join(layer.name for layer in ending[:5])
        raise LayerError(f"The layer name {name!r} fits {len(ending)} layers. Say which one: {listed}.")
    names = [layer.name for layer in layers]
    near = difflib.get_close_matches(name, names, n=5, cutoff=0.4) or names[-5:]
    raise LayerError(
        f"The network has no layer {name!r}. The nearest names are: {', '.join(near)}; "
        "`tapetum layers` lists all."
    )


def find_layers(layers: Sequence[Layer], names: str | Sequence[str]) -> tuple[Layer, ...]:
    """The layers of these names, given in a list or as one text with "+" between them.

    Raises:
        LayerError: no layer, or several, fit a name; or there is no name.
    """
    if isinstance(names, str):
        whole = any(layer.name == names for layer in layers)
        names = [names] if whole else names.split("+")
    found = tuple(find_layer(layers, name.strip()) for name in names)
    if not found:
        raise LayerError("The list of layers is empty. Name at least one, or leave layer= out.")
    return tuple(dict.fromkeys(found))


def leading_to_output(graph: fx.Graph) -> set[fx.Node]:
    """The nodes that the output depends on."""
    found: set[fx.Node] = set()
    stack = [graph.output_node()]
    while stack:
        for source in stack.pop().all_input_nodes:
            if source not in found:
                found.add(source)
                stack.append(source)
    return found


def _has_tensor(node: fx.Node) -> bool:
    return isinstance(node.meta.get("val"), Tensor)


def _stack(node: fx.Node) -> list[tuple[str, str, str]]:
    """(key of the call, path of the module, name of its type), outermost first, without the root."""
    found = node.meta.get("nn_module_stack") or {}
    entries = [(key, path, str(kind).rsplit(".", 1)[-1]) for key, (path, kind) in found.items()]
    return [entry for entry in entries if entry[1]]


def _calls(operations: Sequence[fx.Node]) -> list[_Call]:
    """Every module call, found from the stacks of the operations that ran inside.

    A module's path names its first call; the second call of the same module is `path#2`.
    """
    calls: dict[tuple[str, ...], _Call] = {}
    for node in operations:
        key: tuple[str, ...] = ()
        for depth, (name, path, kind) in enumerate(_stack(node)):
            if key:
                calls[key].container = True
            key = (*key, name)
            calls.setdefault(key, _Call(path, kind, depth)).nodes.append(node)
    counts: dict[str, int] = {}
    for call in calls.values():
        counts[call.path] = counts.get(call.path, 0) + 1
        call.name = call.path if counts[call.path] == 1 else f"{call.path}#{counts[call.path]}"
    return list(calls.values())


def _result(call: _Call) -> fx.Node:
    """What a module call hands on: the last of its values that is read outside of it."""
    inside = set(call.nodes)
    handed_on = [n for n in call.nodes if any(user not in inside for user in _readers(n))]
    return handed_on[-1] if handed_on else call.nodes[-1]


def _readers(node: fx.Node) -> Iterator[fx.Node]:
    """The users of a value, looking through the pieces of a tuple."""
    for user in node.users:
        if user.target is operator.getitem:
            yield from _readers(user)
        else:
            yield user


def _operation_names(operations: Sequence[fx.Node], calls: Sequence[_Call]) -> dict[fx.Node, str]:
    """Names for what no leaf module stands for: the innermost module, a slash, the operation."""
    innermost = {
        node: call.name for call in sorted(calls, key=lambda call: call.depth) for node in call.nodes
    }
    covered = {_result(call) for call in calls if not call.container}
    taken = {call.name for call in calls}
    counts: dict[str, int] = {}
    found = {}
    for node in operations:
        if node in covered or node.target is operator.getitem:
            continue
        place, operation = innermost.get(node, ""), operation_name(node)
        name = f"{place}/{operation}" if place or operation in taken else operation
        counts[name] = counts.get(name, 0) + 1
        found[node] = name if counts[name] == 1 else f"{name}.{counts[name]}"
    return found


def operation_name(node: fx.Node) -> str:
    """`relu` for aten.relu.default, and so on."""
    return str(node.target).split(".")[1] if "." in str(node.target) else str(node.target)


def _layer(call: _Call, seen: dict[str, Extent], weights: Weights, positions: dict[str, Places]) -> Layer:
    node = _result(call)
    read = {weight for inner in call.nodes for weight in _weights_read(inner, seen)}
    extent = seen[node.name]
    axes = _axes(extent, len(shape_of(node)))
    shape = shape_of(node)[1:]
    return Layer(
        name=call.name,
        kind=operation_name(node),
        module=call.kind or operation_name(node),
        shape=shape,
        parameters=sum(weights[name].numel() for name in read if weights.is_parameter(name)),
        multiply_adds=sum(multiply_adds(n) for n in call.nodes),
        receptive_field=None if axes is None else (axes[0].size, axes[1].size),
        stride=None if axes is None else (_step(axes[0]), _step(axes[1])),
        exact=extent.exact,
        container=call.container,
        node=node.name,
        places=positions.get(node.name),
    )


def _weights_read(node: fx.Node, seen: dict[str, Extent]) -> Iterator[str]:
    """The weights behind a node's arguments, also where they are reshaped or normalised first."""
    for source in node.all_input_nodes:
        if source.op == "placeholder" and source.name not in seen:
            yield source.name
        elif source.name not in seen:
            yield from _weights_read(source, seen)


def _axes(extent: Extent, dimensions: int) -> tuple[Axis, Axis] | None:
    """Both axes, where the tensor is (batch, channel, row, column)."""
    rows, columns = extent.rows, extent.columns
    if dimensions != 4 or rows is None or columns is None or (rows.dim, columns.dim) != (2, 3):
        return None
    return rows, columns


def _step(axis: Axis) -> int:
    if axis.stride is not None:
        return axis.stride
    picture = int(axis.hi.max()) + 1
    return max(1, round(picture / len(axis.lo)))
