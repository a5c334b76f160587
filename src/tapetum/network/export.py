"""The export: torch follows one forward pass of a module and writes down its operations."""

import sysconfig
from types import TracebackType

import torch
from torch import Tensor, fx, nn

from tapetum.errors import CaptureError
from tapetum.network.axes import fixed
from tapetum.network.functional import writes_through_views
from tapetum.network.surroundings import uncollected
from tapetum.network.weights import Weights

_MACHINERY = ("/torch/", "/sympy/", "/tapetum/network/")
_GENERATED = ("<@", "<frozen", "<eval_with_key", "<string>")
_STANDARD, _PACKAGES = sysconfig.get_path("stdlib"), ("/site-packages/", "/dist-packages/")


def exported(
    model: nn.Module, shape: tuple[int, ...], weights: Weights
) -> tuple[Tensor, torch.export.ExportedProgram]:
    """Export with any batch size; where the model pins its batch size, with a batch of one or of two.

    Returns the example batch and the program.

    Raises:
        CaptureError: the model cannot be exported; the message names the line where that stopped.
    """
    if len(shape) == 4:
        example = _example(shape, weights)
        return example, _export(model, example, dynamic=False)
    pair, single = _example((2, *shape), weights), _example((1, *shape), weights)
    try:
        program = _export(model, pair, dynamic=True)
    except CaptureError as first:
        try:
            return single, _export(model, single, dynamic=False)
        except CaptureError:
            raise first from first.__cause__
    if fixed(input_of(program).meta["val"].shape[0]) is None:
        return pair, program
    try:
        return single, _export(model, single, dynamic=False)
    except CaptureError:
        return pair, program


def input_of(program: torch.export.ExportedProgram) -> fx.Node:
    """The placeholder of the picture batch."""
    names = set(program.graph_signature.user_inputs)
    found: fx.Node = next(n for n in program.graph.nodes if n.op == "placeholder" and n.name in names)
    return found


def _example(shape: tuple[int, ...], weights: Weights) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(shape, generator=generator).to(weights.device, weights.dtype)


def _export(model: nn.Module, example: Tensor, *, dynamic: bool) -> torch.export.ExportedProgram:
    shapes = ({0: torch.export.Dim.AUTO},) if dynamic else None
    try:
        with uncollected():
            program = torch.export.export(model, (example,), dynamic_shapes=shapes, strict=False)
        if writes_through_views(program.graph):
            program = program.run_decompositions({})
    except Exception as error:
        raise CaptureError(_what_stopped(model, example, error)) from error
    return program


def _what_stopped(model: nn.Module, example: Tensor, error: Exception) -> str:
    """Name the line of the model's own code that was running when the capture stopped."""
    reason = next((line.strip() for line in str(error).splitlines() if line.strip()), "no reason given")
    return (
        f"{type(model).__name__} cannot be captured for an input of shape {tuple(example.shape)}: "
        f"{type(error).__name__}{_place(error.__traceback__)}: {reason[:300].rstrip('.')}. "
        "Check input_shape, and that the forward takes one batch of pictures and does not branch on "
        "pixel values."
    )


def _place(trace: TracebackType | None) -> str:
    place = ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if _is_the_model(code.co_filename):
            place = f" in {code.co_filename}, line {trace.tb_lineno} ({code.co_name})"
        trace = trace.tb_next
    return place


def _is_the_model(file: str) -> bool:
    standard = file.startswith(_STANDARD) and not any(part in file for part in _PACKAGES)
    return not (standard or file.startswith(_GENERATED) or any(part in file for part in _MACHINERY))
