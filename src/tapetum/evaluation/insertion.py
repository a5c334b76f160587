"""Insertion: how fast the network finds its verdict when only what a map marks is shown."""

from jaxtyping import Float
from torch import Tensor

from tapetum.evaluation.case import Case
from tapetum.evaluation.curve import area_under, confidence_curve


def insertion(
    case: Case, maps: Float[Tensor, "pictures height width"], *, steps: int = 28, cell: int | None = None
) -> Float[Tensor, " pictures"]:
    r"""The area under the confidence while a blurred picture becomes sharp, the strongest places first.

    \( \int_0^1 p(\text{blurred } x \text{ with the strongest share } t \text{ of } x) \, dt \)

    Higher is better: the marked places alone bring the verdict back. In 0 to 1 for a class.

    Args:
        case: the pictures, their targets, and the blurred pictures to start from.
        maps: one per picture, at the pictures' size.
        steps: the curve's points, without the first.
        cell: side in pixels of the squares that are shown together; by default a 28th of the shorter side.
            1 is the published form.

    Raises:
        MethodError: fewer than one step, or squares without pixels.

    Reference:
        Petsiuk, Das, Saenko (2018), RISE: Randomized Input Sampling for Explanation of Black-box Models.
    """
    return area_under(insertion_curve(case, maps, steps=steps, cell=cell))


def insertion_curve(
    case: Case, maps: Float[Tensor, "pictures height width"], *, steps: int = 28, cell: int | None = None
) -> Float[Tensor, "pictures shares"]:
    """The curve under which `insertion` is the area."""
    return confidence_curve(case, maps, case.blurred, case.batch, what="Insertion", steps=steps, cell=cell)
