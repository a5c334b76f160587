"""The picture of a sliding window: input, kernels, products and result, with the sum written out below."""

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from tapetum.pictures import DIM, GROUND, INK
from tapetum.pictures.number_grid import draw_numbers, font_of, number_text, outline
from tapetum.results.sliding_layout import FOOT, MARGIN, TITLE, Grid, Stack, layout
from tapetum.results.window_step import WindowStep

if TYPE_CHECKING:
    from tapetum.results.sliding_window import SlidingWindow

_MOST_TERMS = 16


def drawn(found: "SlidingWindow", at: tuple[int, int] | None, *, still: bool = False) -> Image.Image:
    """The window at one place with the result so far; or the finished result.

    Args:
        found: what slid.
        at: (row, column) of the result, or None when all is done.
        still: whether it stands alone, without room for products.
    """
    size, stacks = layout(found, still=still)
    image = Image.new("RGB", size, GROUND)
    draw, small = ImageDraw.Draw(image), font_of(14)
    outputs = sorted({grid.output for stack in stacks for grid in stack.grids if grid.output >= 0})
    steps = {} if at is None else {output: found.step(*at, output) for output in outputs}
    paint = {"input": _input, "kernel": _kernel, "products": _products, "output": _output}
    for stack in stacks:
        for grid in stack.grids:
            draw.text((grid.left, grid.top - TITLE), grid.title, DIM, small)
            paint[stack.kind](draw, found, stack, grid, steps)
    foot = size[1] - FOOT
    draw.text((MARGIN, foot), _in_words(found, steps, at), INK, font_of(17))
    draw.text((MARGIN, foot + 28), _about(found, len(outputs)), DIM, small)
    return image


Steps = dict[int, WindowStep]


def _input(draw: ImageDraw.ImageDraw, found: "SlidingWindow", stack: Stack, grid: Grid, steps: Steps) -> None:
    (above, _), (left, _) = found.margins
    rows, columns = found.picture.shape[1:]
    added = np.ones(stack.shape, bool)
    added[above : above + rows, left : left + columns] = False
    draw_numbers(
        draw,
        found.padded[grid.channel],
        (grid.left, grid.top),
        stack.cell,
        scale=_scale(found.picture),
        faint=added,
    )
    step = next((one for one in steps.values() if grid.channel in one.channels), None)
    if step is None:
        return
    top, start = step.rows[0] + above, step.columns[0] + left
    corner = (int(grid.left + start * stack.cell), int(grid.top + top * stack.cell))
    reach = (int(step.rows[-1] - step.rows[0]) + 1, int(step.columns[-1] - step.columns[0]) + 1)
    if max(found.dilation) == 1:
        outline(draw, corner, reach, stack.cell, width=3)
        return
    # With gaps, every tap has a frame of its own.
    for row in step.rows + above:
        for column in step.columns + left:
            outline(
                draw,
                (int(grid.left + column * stack.cell), int(grid.top + row * stack.cell)),
                (1, 1),
                stack.cell,
            )


def _kernel(
    draw: ImageDraw.ImageDraw, found: "SlidingWindow", stack: Stack, grid: Grid, steps: Steps
) -> None:
    assert found.filters is not None
    kernel = found.filters[grid.output, found.reads(grid.output).index(grid.channel)]
    draw_numbers(draw, kernel, (grid.left, grid.top), stack.cell, scale=_scale(found.filters[grid.output]))


def _products(
    draw: ImageDraw.ImageDraw, found: "SlidingWindow", stack: Stack, grid: Grid, steps: Steps
) -> None:
    at, step = (grid.left, grid.top), steps.get(grid.output)
    if step is None:
        draw_numbers(
            draw, np.zeros(stack.shape), at, stack.cell, scale=1.0, missing=np.ones(stack.shape, bool)
        )
        return
    place = step.channels.index(grid.channel)
    if found.filters is None:
        draw_numbers(
            draw,
            step.window[place],
            at,
            stack.cell,
            scale=_scale(found.picture),
            faint=~np.isfinite(step.window[place]),
        )
        if found.operation == "max pooling":
            row, column = divmod(int(step.weights[place].argmax()), stack.shape[1])
            outline(draw, (at[0] + column * stack.cell, at[1] + row * stack.cell), (1, 1), stack.cell)
    else:
        largest = _scale(found.picture) * _scale(found.filters[grid.output])
        draw_numbers(draw, step.products[place], at, stack.cell, scale=largest)
    total = step.total if found.filters is None else float(step.subtotals[place])
    (text,) = number_text(np.array([total]))
    middle = (grid.left + stack.shape[1] * stack.cell + 10, grid.top + stack.shape[0] * stack.cell // 2)
    draw.text(middle, f"= {text}", INK, font_of(18), anchor="lm")


def _output(
    draw: ImageDraw.ImageDraw, found: "SlidingWindow", stack: Stack, grid: Grid, steps: Steps
) -> None:
    step = steps.get(grid.output)
    missing = None
    if step is not None:
        order = np.arange(found.values[0].size).reshape(stack.shape)
        missing = order > order[step.row, step.column]
    at = (grid.left, grid.top)
    values = found.values[grid.output]
    draw_numbers(draw, values, at, stack.cell, scale=_scale(values), missing=missing)
    if step is not None:
        corner = (at[0] + step.column * stack.cell, at[1] + step.row * stack.cell)
        outline(draw, corner, (1, 1), stack.cell)


def _scale(values: np.ndarray) -> float:
    return float(np.abs(values).max()) or 1.0


def _in_words(found: "SlidingWindow", steps: Steps, at: tuple[int, int] | None) -> str:
    """The sum of one step, or what came out."""
    if at is None:
        before, after = (" x ".join(map(str, shape)) for shape in (found.picture.shape, found.values.shape))
        return f"{found.operation}: {before} becomes {after}"
    where = f"row {at[0] + 1}, column {at[1] + 1}:  "
    if len(steps) > 1:
        kinds = "sums of products" if found.filters is not None else f"places of {found.operation}"
        return f"{where}{len(steps)} {kinds}, one for each map"
    (step,) = steps.values()
    (total,) = number_text(np.array([step.total]))
    if found.filters is None:
        numbers = ", ".join(number for number in number_text(step.window) if number)
        what = "the largest of" if found.operation == "max pooling" else "the mean of"
        return f"{where}{what} {numbers} = {total}"
    terms = step.products.ravel() if len(step.channels) == 1 else step.subtotals
    if len(terms) > _MOST_TERMS:
        return f"{where}the sum of {step.products.size} products = {total}"
    bias = f" {_signed(*number_text(np.array([step.bias])))} (bias)" if found.has_bias else ""
    first, *others = number_text(terms)
    return f"{where}{' '.join([first, *map(_signed, others)])}{bias} = {total}"


def _signed(number: str) -> str:
    """A number as a further term of a sum."""
    return f"- {number[1:]}" if number.startswith("-") else f"+ {number}"


def _about(found: "SlidingWindow", shown: int) -> str:
    """How the window slides, and what is not drawn."""
    parts = [f"window {found.kernel[0]} x {found.kernel[1]}", f"stride {_both(found.stride)}"]
    if any(map(any, found.margins)):
        amounts = {amount for margin in found.margins for amount in margin}
        parts.append(f"padding {amounts.pop()}" if len(amounts) == 1 else f"padding {found.margins}")
    if max(found.dilation) > 1:
        parts.append(f"dilation {_both(found.dilation)}")
    if found.groups > 1 and found.filters is not None:
        parts.append(f"{found.groups} groups")
    if shown < len(found.values):
        parts.append(f"{shown} of {len(found.values)} maps are drawn")
    if len(found.reads(0)) > 4:
        parts.append(f"4 of {len(found.reads(0))} channels are drawn")
    return ", ".join(parts)


def _both(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]} and {pair[1]}"
