"""Deletion: how fast the network loses its verdict when what a map marks is hidden."""

from jaxtyping import Float
from torch import Tensor

from tapetum.evaluation.case import Case
from tapetum.evaluation.curve import area_under, confidence_curve


def deletion(
    case: Case, maps: Float[Tensor, "pictures height width"], *, steps: int = 28, cell: int | None = None
) -> Float[Tensor, " pictures"]:
    r"""The area under the confidence while the picture is hidden, the map's strongest places first.

    \( \int_0^1 p(x \text{ without its strongest share } t) \, dt \)

    Lower is better: the verdict falls as soon as the marked places are gone. In 0 to 1 for a class.

    Args:
        case: the pictures, their targets, and the plain picture that stands where they are hidden.
        maps: one per picture, at the pictures' size.
        steps: the curve's points, without the first.
        cell: side in pixels of the squares that are hidden together; by default a 28th of the shorter side,
            so that fine maps and coarse ones are hidden in equal pieces. 1 is the published form.

    Raises:
        MethodError: fewer than one step, or squares without pixels.

    Reference:
        Petsiuk, Das, Saenko (2018), RISE: Randomized Input Sampling for Explanation of Black-box Models.
    """
    return area_under(deletion_curve(case, maps, steps=steps, cell=cell))


def deletion_curve(
    case: Case, maps: Float[Tensor, "pictures height width"], *, steps: int = 28, cell: int | None = None
) -> Float[Tensor, "pictures shares"]:
    """The curve under which `deletion` is the area."""
    return confidence_curve(case, maps, case.batch, case.plain, what="Deletion", steps=steps, cell=cell)
