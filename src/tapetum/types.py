"""The vocabulary of shapes that signatures use."""

from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

__all__ = ["Batch", "Bool", "Float", "Int", "Logits", "Maps", "Tensor", "UInt8"]

Batch = Float[Tensor, "batch channel height width"]
Logits = Float[Tensor, "batch classes"]
Maps = Float[Tensor, "batch rows columns"]
