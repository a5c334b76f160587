"""What the caller of `load` asks for, checked before anything is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from torch import nn

from tapetum.errors import ModelError
from tapetum.network import Preparation
from tapetum.network.preparation import Interpolation

# For the type checker, what `load` takes. At run time it is anything: the functions below look at the
# value and say in their own words what is wrong with it.
if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from tapetum.models.by_hand import Design

    Source = str | Path | nn.Module | Design | BaseEstimator
    Shape = Sequence[int]
    Size = int | Sequence[int]
    Numbers = float | Sequence[float]
    Filter = Interpolation
else:
    Source = Shape = Size = Numbers = Filter = object


@dataclass(frozen=True)
class Options:
    """Wishes that override what a source brings; None leaves it as it is.

    `input_shape` is (channels, rows, columns), or (batch, channels, rows, columns).
    """

    pretrained: bool = True
    input_shape: tuple[int, ...] | None = None
    size: tuple[int, int] | None = None
    labels: tuple[str, ...] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    crop: float | None = None
    interpolation: Interpolation | None = None
    squash: bool | None = None

    def __post_init__(self) -> None:
        """Check what does not depend on the source."""
        shape = self.input_shape
        if shape is not None and (len(shape) not in (3, 4) or min(shape) < 1):
            raise ModelError(
                f"input_shape is {shape}. Give (channels, rows, columns), or "
                "(batch, channels, rows, columns) for a model that accepts one batch size only."
            )
        if shape is not None and self.size is not None and shape[-2:] != self.size:
            raise ModelError(
                f"input_shape says {shape[-2]}×{shape[-1]} and size says {self.size[0]}×{self.size[1]}. "
                "Give one of them."
            )
        if self.size is not None and min(self.size) < 1:
            raise ModelError(f"size is {self.size}. Give one positive number, or (rows, columns).")

    @property
    def batch(self) -> int | None:
        """The only batch size of the model, where the caller says so."""
        return self.input_shape[0] if self.input_shape is not None and len(self.input_shape) == 4 else None

    @property
    def channels(self) -> int | None:
        """Channels that the caller asks for."""
        return None if self.input_shape is None else self.input_shape[-3]

    @property
    def rows_and_columns(self) -> tuple[int, int] | None:
        """Input size that the caller asks for."""
        return self.size if self.input_shape is None else (self.input_shape[-2], self.input_shape[-1])

    def preparation(
        self,
        rows: int,
        columns: int,
        *,
        channels: int = 3,
        mean: Sequence[float] = (0.0,),
        std: Sequence[float] = (1.0,),
        crop: float = 1.0,
        resize: int | None = None,
        interpolation: str = "bicubic",
        squash: bool = False,
    ) -> Preparation:
        """The preparation that a source brings, with the caller's wishes put over it.

        `crop` keeps its meaning at another size; `resize`, in pixels, does not, and goes.
        """
        wanted = self.rows_and_columns or (rows, columns)
        channels = self.channels or channels
        if wanted != (rows, columns) or self.crop is not None or self.squash:
            resize = None
        return Preparation(
            rows=wanted[0],
            columns=wanted[1],
            channels=channels,
            mean=self.mean or _per_channel(mean, channels),
            std=self.std or _per_channel(std, channels),
            crop=crop if self.crop is None else self.crop,
            resize=resize,
            squash=squash if self.squash is None else self.squash,
            interpolation=check_interpolation(self.interpolation or interpolation),
        )


def numbers(name: str, value: Any) -> tuple[float, ...] | None:
    """One number, or one per channel.

    Raises:
        ModelError: not numbers.
    """
    if value is None:
        return None
    try:
        return tuple(float(v) for v in value) if hasattr(value, "__iter__") else (float(value),)
    except (TypeError, ValueError) as error:
        raise ModelError(f"{name} is {value!r}. Give one number, or one per channel.") from error


def whole_numbers(name: str, value: Any) -> tuple[int, ...] | None:
    """A shape.

    Raises:
        ModelError: not whole numbers.
    """
    if value is None:
        return None
    try:
        return tuple(v.__index__() for v in value)
    except (AttributeError, TypeError) as error:
        raise ModelError(f"{name} is {value!r}. Give whole numbers.") from error


def rows_and_columns(value: Any) -> tuple[int, int] | None:
    """One side of a square, or (rows, columns).

    Raises:
        ModelError: anything else.
    """
    several = whole_numbers("size", value if value is None or hasattr(value, "__iter__") else (value, value))
    if several is None:
        return None
    if len(several) != 2:
        raise ModelError(f"size is {value!r}. Give one number, or (rows, columns).")
    return several[0], several[1]


def check_interpolation(name: Any) -> Interpolation:
    """One of the filters that the preparation knows.

    Raises:
        ModelError: another name.
    """
    for known in get_args(Interpolation):
        if name == known:
            return known  # type: ignore[no-any-return]
    raise ModelError(
        f"There is no interpolation {name!r} here. "
        f"Pass interpolation= one of: {', '.join(get_args(Interpolation))}."
    )


def _per_channel(values: Sequence[float], channels: int) -> tuple[float, ...]:
    """Statistics of colour pictures, for a grey picture their mean."""
    if channels == 1 and len(values) > 1:
        return (sum(values) / len(values),)
    return tuple(float(v) for v in values)
