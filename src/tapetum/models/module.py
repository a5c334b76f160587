"""Source: a module that the caller has in hands."""

from torch import nn

from tapetum.errors import ModelError
from tapetum.models.classifier import Classifier
from tapetum.models.options import Options


def from_module(
    module: nn.Module, options: Options, *, name: str | None = None, source: str = ""
) -> Classifier:
    """The module itself, never touched.

    Raises:
        ModelError: the input shape is not given.
    """
    if options.input_shape is None:
        raise ModelError(
            f"The input shape of {type(module).__name__} is not known. "
            "Pass input_shape=(channels, rows, columns), such as (3, 224, 224)."
        )
    channels, rows, columns = options.input_shape[-3:]
    kind = type(module)
    return Classifier(
        module=module,
        preparation=options.preparation(rows, columns, channels=channels),
        labels=None,
        name=name or kind.__name__,
        source=source or f"module {kind.__module__}.{kind.__qualname__}",
    )
