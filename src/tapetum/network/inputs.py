"""What a method was given: pictures or a prepared batch, checked before anything is computed."""

import time
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from PIL.Image import Image
from torch import Tensor

from tapetum.errors import NonFiniteError, PictureError
from tapetum.network.preparation import Preparation
from tapetum.pictures import Picture, open_picture


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a method was given: the batch that the network reads, and the pictures where there were any."""

    batch: Float[Tensor, "batch channel height width"]
    pictures: tuple[Picture, ...] = ()
    seen: tuple[Image, ...] = ()
    started: float = field(default_factory=time.perf_counter)


def gather(pictures: Any, preparation: Preparation, device: torch.device, dtype: torch.dtype) -> Inputs:
    """Pictures, one or many, or a prepared batch, on the device and in the type of the network.

    Raises:
        PictureError: a batch of the wrong shape, or a picture that cannot be read.
        NonFiniteError: NaN or infinity in the batch.
    """
    if isinstance(pictures, Inputs):
        return pictures
    if isinstance(pictures, Tensor):
        return Inputs(_checked(pictures, preparation).to(device, dtype))
    several = isinstance(pictures, list | tuple)
    opened = tuple(open_picture(picture) for picture in (pictures if several else [pictures]))
    if not opened:
        raise PictureError("There are no pictures. Give at least one.")
    batch = torch.stack([preparation(picture) for picture in opened])
    return Inputs(batch.to(device, dtype), opened, tuple(preparation.seen(picture) for picture in opened))


def _checked(batch: Tensor, preparation: Preparation) -> Tensor:
    wanted = (preparation.channels, preparation.rows, preparation.columns)
    fits = batch.dim() == 4 and tuple(batch.shape[1:]) == wanted and len(batch) > 0
    if not fits or not batch.is_floating_point():
        raise PictureError(
            f"The batch has shape {tuple(batch.shape)} and type {batch.dtype}; the network reads float "
            f"batches of (pictures, {wanted[0]}, {wanted[1]}, {wanted[2]}). "
            "Use net.prepare(pictures), or net.at_size(rows, columns)."
        )
    if not bool(torch.isfinite(batch.sum())) and not bool(torch.isfinite(batch).all()):
        raise NonFiniteError("The batch holds NaN or infinity. Check how it was prepared.")
    clean = batch.detach()
    return clean.clone() if clean.is_inference() else clean
