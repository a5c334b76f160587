"""The compiled engine: OpenVINO runs forward passes on a CPU, fed with the folded graph."""

import contextlib
import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, fx, nn

from tapetum.errors import InternalError
from tapetum.network.fold import Twin
from tapetum.network.openvino_import import import_openvino
from tapetum.network.program import part
from tapetum.network.surroundings import quiet

_KEPT = 24
_TOLERANCE = {"float32": 1e-4, "bfloat16": 0.1}


def cache_folder() -> Path:
    """Where converted networks are kept: $TAPETUM_CACHE, or `tapetum` in the user's cache folder."""
    chosen = os.environ.get("TAPETUM_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tapetum"


class Compiled:
    """One part of a network, from the picture to `outputs`, on the compiled engine: `compiled(batch)`."""

    name = "openvino"

    def __init__(self, model: Any, outputs: Sequence[str], precision: str) -> None:
        openvino = import_openvino()
        hint = openvino.Type.bf16 if precision == "bfloat16" else openvino.Type.f32
        options = {"INFERENCE_PRECISION_HINT": hint, "PERFORMANCE_HINT": "LATENCY"}
        threads = torch.get_num_threads()
        self.outputs = tuple(outputs)
        self._run = openvino.Core().compile_model(model, "CPU", {**options, "INFERENCE_NUM_THREADS": threads})

    def __call__(self, batch: Tensor) -> tuple[Tensor, ...]:
        """Run the batch, shape (batch, channel, height, width), float32 on the CPU."""
        answers = self._run(batch.detach().contiguous().numpy(), share_inputs=True, share_outputs=False)
        return tuple(torch.from_numpy(answers[place]) for place in range(len(self.outputs)))


def compile_part(
    twin: Twin,
    outputs: Sequence[str],
    fingerprint: str,
    precision: str,
    check: tuple[Tensor, Callable[[Tensor], Sequence[Tensor]]],
) -> Compiled:
    """Convert (or read from the cache) and compile the part of `twin` that ends in `outputs`.

    `check` is a real batch and the reference that the engine is compared with before it is trusted: 1e-4
    relative in float32. A kept conversion that is damaged, or fails the check, is made anew.

    Raises:
        InternalError: the engine cannot convert the graph, or disagrees with the reference.
    """
    batch, reference = check
    expected = dict(zip(outputs, reference(batch), strict=True))
    place = _place(fingerprint, outputs)
    kept = _read(place, outputs, precision)
    if kept is not None and _disagreement(kept, batch, expected, _TOLERANCE[precision]) is None:
        return kept
    shutil.rmtree(place, ignore_errors=True)
    try:
        model = _converted(twin, outputs, batch)
        compiled = Compiled(model, outputs, precision)
    except Exception as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InternalError(
            f"OpenVINO cannot convert this network: {reason[:200]}. Use engine='torch'."
        ) from error
    problem = _disagreement(compiled, batch, expected, _TOLERANCE[precision])
    if problem is not None:
        raise InternalError(f"{problem}. Use engine='torch' for this network.")
    _keep(model, place)
    return compiled


def _disagreement(
    compiled: Compiled, batch: Tensor, expected: dict[str, Tensor], tolerance: float
) -> str | None:
    """What is wrong with the engine's answers, or None where they agree with torch's."""
    try:
        answers = compiled(batch)
    except RuntimeError as error:
        return f"OpenVINO fails on this network: {str(error).splitlines()[0][:200]}"
    for (name, theirs), ours in zip(expected.items(), answers, strict=True):
        if ours.shape != theirs.shape:
            return f"OpenVINO gives {tuple(ours.shape)} at {name}, and torch {tuple(theirs.shape)}"
        scale = float(theirs.abs().max()) or 1.0
        difference = float((ours - theirs).abs().max()) / scale
        if not difference <= tolerance:
            return f"OpenVINO and torch differ by {difference:.1e} at {name}"
    return None


def _converted(twin: Twin, outputs: Sequence[str], example: Tensor) -> Any:
    import_openvino()
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.fx_decoder import TorchFXPythonDecoder

    program = part(twin.graph, twin.weights, [next(iter(twin.graph.nodes)).name], outputs)
    holder = _Holder(program.graph, [twin.weights[name] for name in program.weight_names])
    size = max(2, len(example))
    shape = (size, *example.shape[1:])
    with quiet():
        exported = torch.export.export(
            holder, (torch.zeros(shape),), dynamic_shapes=({0: torch.export.Dim.AUTO},), strict=False
        )
        with _quiet_front_end():
            decoder = TorchFXPythonDecoder.from_exported_program(exported)
        front = FrontEndManager().load_by_framework("pytorch")
        return front.convert(front.load(decoder))


@contextlib.contextmanager
def _quiet_front_end() -> Iterator[None]:
    """Keep to ourselves that the front end has no other form for some operations.

    It says so through the root logger, which would also give that logger a handler of its own.
    """
    root, handler = logging.getLogger(), logging.NullHandler()

    def elsewhere(record: logging.LogRecord) -> bool:
        return record.module != "fx_decoder"

    root.addHandler(handler)
    root.addFilter(elsewhere)
    try:
        yield
    finally:
        root.removeFilter(elsewhere)
        root.removeHandler(handler)


class _Holder(nn.Module):
    """A program with its weights inside, as the exporter wants it."""

    def __init__(self, graph: fx.Graph, weights: Sequence[Tensor]) -> None:
        super().__init__()
        self.run = fx.GraphModule(nn.Module(), graph).forward
        self.count = len(weights)
        for place, weight in enumerate(weights):
            self.register_buffer(f"w{place}", weight)

    def forward(self, batch: Tensor) -> Any:
        return self.run(batch, *(getattr(self, f"w{place}") for place in range(self.count)))


def _place(fingerprint: str, outputs: Sequence[str]) -> Path:
    openvino = import_openvino()
    key = hashlib.sha256("|".join([fingerprint, openvino.__version__, torch.__version__, *outputs]).encode())
    return cache_folder() / "openvino" / key.hexdigest()[:32]


def _read(place: Path, outputs: Sequence[str], precision: str) -> Compiled | None:
    """The kept conversion, if it is there and can be read."""
    if not (place / "model.xml").exists():
        return None
    openvino = import_openvino()
    try:
        model = openvino.Core().read_model(place / "model.xml")
        compiled = Compiled(model, outputs, precision)
    except RuntimeError:
        return None
    with contextlib.suppress(OSError):
        os.utime(place)
    return compiled


def _keep(model: Any, place: Path) -> None:
    """Keep a conversion for the next process; the folder appears under its name only when it is whole.

    Where the cache cannot be written, the next process converts again.
    """
    openvino = import_openvino()
    with contextlib.suppress(OSError, RuntimeError):
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=place.parent))
        try:
            openvino.save_model(model, draft / "model.xml", compress_to_fp16=False)
            os.replace(draft, place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        for old in sorted(place.parent.iterdir(), key=lambda p: p.stat().st_mtime)[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
