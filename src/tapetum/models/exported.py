"""Source: a program saved with `torch.export.save`, which can carry code."""

from pathlib import Path
from typing import Any

import torch

from tapetum.errors import ModelError
from tapetum.models.classifier import Classifier
from tapetum.models.options import Options
from tapetum.pictures import display_name


def from_program(path: Path, options: Options) -> Classifier:
    """The program as a module, with the input shape that it was exported for.

    A program exported for one batch size keeps it: export with `dynamic_shapes` for any.

    Raises:
        ModelError: the program cannot be loaded, or does not read one batch of pictures.
    """
    shown = display_name(path)
    try:
        program = torch.export.load(path)
        module = program.module()
    except Exception as error:
        raise ModelError(
            f"The program {shown} cannot be loaded ({type(error).__name__}: {str(error)[:300]}). "
            "Save it anew with torch.export.save and this version of torch."
        ) from error
    batch, channels, rows, columns = _input_shape(program, shown, options)
    return Classifier(
        module=module,
        preparation=options.preparation(rows, columns, channels=channels),
        labels=None,
        name=Path(shown).stem,
        source=f"torch.export program {shown}",
        batch=batch,
    )


def _input_shape(
    program: torch.export.ExportedProgram, shown: str, options: Options
) -> tuple[int | None, int, int, int]:
    names = program.graph_signature.user_inputs
    if len(names) != 1:
        raise ModelError(
            f"The program {shown} takes {len(names)} inputs. "
            "Export a module that takes one batch of pictures."
        )
    node = next(n for n in program.graph.nodes if n.op == "placeholder" and n.name == names[0])
    declared: list[Any] = list(getattr(node.meta.get("val"), "shape", ()))
    if len(declared) != 4:
        raise ModelError(
            f"The program {shown} reads an input of shape {tuple(declared)}. "
            "Export a module that reads (batch, channels, rows, columns)."
        )
    batch = declared[0] if isinstance(declared[0], int) else None
    given = options.input_shape[-3:] if options.input_shape else _example(program)
    sides = [d if isinstance(d, int) else g for d, g in zip(declared[1:], given or declared[1:], strict=True)]
    if not all(isinstance(side, int) for side in sides):
        raise ModelError(
            f"The program {shown} reads pictures of any size. Pass input_shape=(channels, rows, columns)."
        )
    return batch, sides[0], sides[1], sides[2]


def _example(program: torch.export.ExportedProgram) -> tuple[int, ...] | None:
    """Shape of the picture that the program was exported with, where it was saved along."""
    if not program.example_inputs or not program.example_inputs[0]:
        return None
    shape = getattr(program.example_inputs[0][0], "shape", ())
    return tuple(shape[1:]) if len(shape) == 4 else None
