"""What is attacked: a network as a function of pixels in 0..1, with the pictures that are to be changed."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from tapetum.errors import NonFiniteError, TargetError
from tapetum.network import Inputs, Network
from tapetum.network.targets import NO_SLOPE, class_logits

Pixels = Float[Tensor, "batch channel height width"]
Score = Callable[[Float[Tensor, "batch classes"]], Float[Tensor, " batch"]]

LEVELS = 255


@dataclass(frozen=True, eq=False)
class Subject:
    """Pictures, as pixels in 0..1 that are whole multiples of 1/255, and the network that looks at them."""

    network: Network
    pixels: Pixels
    run: Callable[[Tensor], tuple[Tensor, ...]]

    def __len__(self) -> int:
        return len(self.pixels)

    def at(self, places: Tensor) -> "Subject":
        """The same for some of the pictures."""
        return replace(self, pixels=self.pixels[places])

    def logits(self, pixels: Pixels) -> Float[Tensor, "batch classes"]:
        """What the network says of changed pictures, one number per class, for autograd to follow."""
        (found,) = self.run(normalised(self.network, pixels))
        return class_logits(found)

    def slope(self, pixels: Pixels, score: Score) -> tuple[Pixels, Float[Tensor, "batch classes"]]:
        """The gradient of each picture's score with respect to its pixels, and the logits there.

        Raises:
            NonFiniteError: the gradient holds NaN or infinity.
            TargetError: the score does not depend on the logits by a derivative.
        """
        with torch.enable_grad():
            leaf = pixels.detach().requires_grad_()
            logits = self.logits(leaf)
            raised = score(logits)
            if not raised.requires_grad:
                raise TargetError(NO_SLOPE)
            (found,) = torch.autograd.grad(raised.sum(), leaf)
        return finite(found), logits.detach()


def finite(slope: Tensor) -> Tensor:
    """A gradient, all of it numbers.

    Raises:
        NonFiniteError: it holds NaN or infinity.
    """
    if not bool(torch.isfinite(slope).all()):
        raise NonFiniteError(
            "The gradient with respect to the pixels holds NaN or infinity, so no step can be taken. "
            "Check the network's weights and the preparation."
        )
    return slope


def subject_of(network: Network, inputs: Inputs) -> Subject:
    """The network and the pictures as it sees them, before normalisation."""
    arrays = [np.atleast_3d(np.asarray(image)).transpose(2, 0, 1) for image in inputs.seen]
    levels = torch.from_numpy(np.stack(arrays)).to(inputs.batch)
    return Subject(network, levels / LEVELS, network.follow([network.output]))


def normalised(network: Network, pixels: Pixels) -> Pixels:
    """Pixels in 0..1 as the network reads them."""
    preparation = network.preparation
    mean, std = (torch.tensor(v).to(pixels).view(-1, 1, 1) for v in (preparation.mean, preparation.std))
    return (pixels - mean) / std


def pictures_of(pixels: Pixels) -> list[UInt8[np.ndarray, "height width *channels"]]:
    """Pixels on whole levels as pictures, without a third dimension where there is one channel."""
    levels = (pixels * LEVELS).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    return list(levels[..., 0] if levels.shape[3] == 1 else levels)
