"""What training lowers, and which class a row of logits names."""

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor


def loss_of(logits: Float[Tensor, "batch outputs"], labels: Int[Tensor, " batch"]) -> Float[Tensor, ""]:
    """Binary cross-entropy for one logit, cross-entropy for more; the mean over the batch."""
    if logits.shape[1] == 1:
        return F.binary_cross_entropy_with_logits(logits[:, 0], labels.to(logits))
    return F.cross_entropy(logits, labels)


def classes_of(logits: Float[Tensor, "batch outputs"]) -> Int[Tensor, " batch"]:
    """The class of each picture: of one logit, class 1 where it is positive."""
    return (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(1)
