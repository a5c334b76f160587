"""What can go wrong, one kind per cause.

Every message has two sentences: what is wrong with the value that was seen, and what to do next.
`exit_code` is what the command line returns: 2 when the person's input is at fault, 1 when we are.
"""

_BEFORE, _AFTER = 60, 40
"""Characters that a sketch shows before and after the place that it points at."""


class TapetumError(Exception):
    """Base of every error that Tapetum raises on purpose.

    `sketch` are lines that show where the mistake is, for errors that can point at it.
    """

    kind = "error"
    exit_code = 2
    sketch: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The message, and under it the sketch."""
        return "\n".join([super().__str__(), *self.sketch])


class PictureError(TapetumError):
    """A picture that cannot be decoded, is too large, or has values that no picture has."""

    kind = "picture"


class ModelError(TapetumError):
    """A network that cannot be found or loaded: unknown name, wrong file, weights that do not fit."""

    kind = "model"


class TrustError(ModelError):
    """A model file that carries code, without the word that it may run."""

    kind = "trust"


class DownloadError(ModelError):
    """Weights that could not be fetched."""

    kind = "download"


class CaptureError(ModelError):
    """A network that cannot be captured as one graph."""

    kind = "capture"


class DesignError(ModelError):
    """A network written down by hand that cannot be read, or whose numbers do not fit together.

    Attributes:
        sketch: the line that cannot be read, and a caret under the place; empty for numbers that do not fit.
    """

    kind = "design"

    def __init__(self, message: str, line: str = "", column: int = 0) -> None:
        super().__init__(message)
        if column:
            self.sketch = _pointed_at(line, column - 1)


class LayerError(TapetumError):
    """A layer that the network does not have, or that the method cannot use."""

    kind = "layer"


class TargetError(TapetumError):
    """A class that the network does not have, or a name that fits several."""

    kind = "target"


class ObjectiveError(TapetumError):
    """An objective that cannot be read, or that names what the network does not have.

    Attributes:
        sketch: the objective, and a caret under the place that is meant.
    """

    kind = "objective"

    def __init__(self, message: str, text: str, start: int, length: int = 1) -> None:
        super().__init__(message)
        self.sketch = _pointed_at(text, start, length)


class MethodError(TapetumError):
    """An unknown method, an unknown option, or an option out of range."""

    kind = "method"


class LessonError(TapetumError):
    """A lesson that does not exist."""

    kind = "lesson"


class MemoryLimitError(TapetumError):
    """A limit for memory that is no size, or too small for one picture."""

    kind = "memory"


class DataError(TapetumError):
    """Labelled pictures that cannot be used: no pictures, wrong labels, a damaged file, one class only."""

    kind = "data"


class WindowError(TapetumError):
    """A window that cannot slide over its input: a stride of 0, or a kernel that does not fit."""

    kind = "window"


class NonFiniteError(TapetumError):
    """NaN or infinity in a picture, in the network's answer or in a gradient."""

    kind = "non_finite"


class OutputError(TapetumError):
    """A file that cannot be written."""

    kind = "output"


class ServerError(TapetumError):
    """An address that cannot be served at, or nothing to serve."""

    kind = "server"


class InternalError(TapetumError):
    """Something that should not happen: an engine that disagrees with the reference."""

    kind = "internal"
    exit_code = 1


def _pointed_at(text: str, start: int, length: int = 1) -> tuple[str, str]:
    """The surroundings of a place in a text, and carets under it."""
    length = max(1, min(length, _AFTER))
    left, right = max(0, start - _BEFORE), start + length + _AFTER
    before = ("…" if left else "") + _one_line(text[left:start])
    shown = before + _one_line(text[start:right]) + ("…" if right < len(text) else "")
    return f"  {shown}", "  " + " " * len(before) + "^" * length


def _one_line(text: str) -> str:
    """Text of the same length without line breaks and tabs, so that a caret under it stays in place."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
