"""The lesson on convolution: number by number, then why it suits pictures."""

from tapetum.lessons import convolution_reasons as reasons
from tapetum.lessons import convolution_steps as steps
from tapetum.lessons.convolution_part import Part
from tapetum.mechanics import torch_difference
from tapetum.progress import stage
from tapetum.results import Story


def run(*, seed: int = 0) -> Story:
    """Everything about convolution that fits on one page.

    Args:
        seed: of the pictures and first weights in the last part.
    """
    makers = (
        steps.multiply_and_add,
        steps.pool,
        steps.fields,
        steps.borders,
        steps.strides,
        steps.channels,
        steps.filters,
        reasons.matrix,
        reasons.operators,
        reasons.strokes,
        reasons.letter,
        lambda: reasons.moved(seed),
    )
    parts: list[Part] = []
    with stage("Convolving by hand", len(makers)) as advance:
        for make in makers:
            parts.append(make())
            advance(1)
    windows = [window for part in parts for window in part.windows]
    count, difference = sum(one.values.size for one in windows), max(map(torch_difference, windows))
    numbers = {name: value for part in parts for name, value in part.numbers.items()}
    return Story(
        key="convolution-by-hand",
        title="Convolution by hand",
        lead="A small window slides over a picture; under it numbers are multiplied and added. All "
        f"{count:,} results on this page were computed that way; the largest difference to torch is "
        f"{difference:.1g}.",
        parts=tuple(part.section for part in parts),
        numbers=numbers | {"results": float(count), "torch_difference": difference},
    )
