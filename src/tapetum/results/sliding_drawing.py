"""The picture of a sliding window: input, kernels, products and result, with the sum written out below."""

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from tapetum.pictures import DIM, GROUND, INK, PANEL
from tapetum.pictures.number_grid import draw_numbers, font_of, number_text, outline, square
from tapetum.results.sliding_layout import FOOT, MARGIN, SMALL, TITLE, Grid, Stack, layout
from tapetum.results.window_step import WindowStep

if TYPE_CHECKING:
    from tapetum.results.sliding_window import SlidingWindow

_MOST_TERMS = 16
Steps = dict[int, WindowStep]


def drawn(
    found: "SlidingWindow", places: Sequence[tuple[int, int] | None], *, still: bool = False
) -> Iterator[Image.Image]:
    """A picture for each place (row, column) of the window with the result so far; for None, finished.

    Args:
        found: what slid.
        places: where the window is.
        still: whether the pictures stand alone, without room for products.
    """
    size, stacks = layout(found, still=still)
    finished = _finished(found, size, stacks)
    outputs = sorted({grid.output for stack in stacks for grid in stack.grids if grid.output >= 0})
    paint = {"input": _frame_input, "products": _products, "output": _cover}
    for at in places:
        image = finished.copy()
        draw = ImageDraw.Draw(image)
        steps = {} if at is None else {output: found.step(*at, output) for output in outputs}
        for stack in stacks:
            for grid in stack.grids if stack.kind in paint else ():
                paint[stack.kind](draw, found, stack, grid, steps)
        draw.text((MARGIN, size[1] - FOOT), _in_words(found, steps, at), INK, font_of(17))
        yield image


def _finished(found: "SlidingWindow", size: tuple[int, int], stacks: Sequence[Stack]) -> Image.Image:
    """All that is the same in every picture: titles, input, kernels, and the whole result."""
    image = Image.new("RGB", size, GROUND)
    draw = ImageDraw.Draw(image)
    added = np.ones(found.padded.shape[1:], bool)
    (above, _), (left, _), (rows, columns) = *found.margins, found.picture.shape[1:]
    added[above : above + rows, left : left + columns] = False
    for stack in stacks:
        for grid in stack.grids:
            at, cell = (grid.left, grid.top), stack.cell
            draw.text((grid.left, grid.top - TITLE), grid.title, DIM, font_of(SMALL))
            if stack.kind == "input":
                scale = _scale(found.picture)
                draw_numbers(draw, found.padded[grid.channel], at, cell, scale=scale, faint=added)
            elif stack.kind == "kernel" and found.filters is not None:
                kernels = found.filters[grid.output]
                kernel = kernels[found.reads(grid.output).index(grid.channel)]
                draw_numbers(draw, kernel, at, cell, scale=_scale(kernels))
            elif stack.kind == "output":
                values = found.values[grid.output]
                draw_numbers(draw, values, at, cell, scale=_scale(values))
    shown = sum(len(stack.grids) for stack in stacks if stack.kind == "output")
    draw.text((MARGIN, size[1] - FOOT + 28), _about(found, shown), DIM, font_of(SMALL))
    return image


def _frame_input(
    draw: ImageDraw.ImageDraw, found: "SlidingWindow", stack: Stack, grid: Grid, steps: Steps
) -> None:
    """The window; one with gaps has a frame for every tap."""
    step = next((one for one in steps.values() if grid.channel in one.channels), None)
    if step is None:
        return
    rows, columns = (
        (places + margin[0]).tolist()
        for places, margin in zip((step.rows, step.columns), found.margins, strict=True)
    )
    if max(found.dilation) == 1:
        corner = _corner(stack, grid, rows[0], columns[0])
        outline(draw, corner, found.kernel, stack.cell, width=3)
        return
    for row, column in itertools.product(rows, columns):
        outline(draw, _corner(stack, grid, row, column), (1, 1), stack.cell, 2 if stack.cell >= 16 else 1)


def _products(
    draw: ImageDraw.ImageDraw, found: "SlidingWindow", stack: Stack, grid: Grid, steps: Steps
) -> None:
    """Window × kernel and its sum; for pooling what lies under the window, and what becomes of it."""
    at, step = (grid.left, grid.top), steps.get(grid.output)
    if step is None:
        empty = np.ones(stack.shape, bool)
        draw_numbers(draw, np.zeros(stack.shape), at, stack.cell, scale=1.0, missing=empty)
        return
    place, scale = step.channels.index(grid.channel), _scale(found.picture)
    if found.filters is None:
        window = step.window[place]
        draw_numbers(draw, window, at, stack.cell, scale=scale, faint=~np.isfinite(window))
        if found.operation == "max pooling":
            chosen = divmod(int(step.weights[place].argmax()), stack.shape[1])
            outline(draw, _corner(stack, grid, *chosen), (1, 1), stack.cell)
    else:
        scale *= _scale(found.filters[grid.output])
        draw_numbers(draw, step.products[place], at, stack.cell, scale=scale)
    total = step.total if found.filters is None else float(step.subtotals[place])
    (text,) = number_text(np.array([total]))
    middle = (grid.left + stack.shape[1] * stack.cell + 10, grid.top + stack.shape[0] * stack.cell // 2)
    draw.text(middle, f"= {text}", INK, font_of(18), anchor="lm")


def _cover(draw: ImageDraw.ImageDraw, found: "SlidingWindow", stack: Stack, grid: Grid, steps: Steps) -> None:
    """Hide the part of the result that is still to come, and mark the newest number."""
    step = steps.get(grid.output)
    if step is None:
        return
    for row, column in np.ndindex(stack.shape):
        if (row, column) > (step.row, step.column):
            square(draw, _corner(stack, grid, row, column), stack.cell, PANEL)
    outline(draw, _corner(stack, grid, step.row, step.column), (1, 1), stack.cell)


def _corner(stack: Stack, grid: Grid, row: int, column: int) -> tuple[int, int]:
    return grid.left + column * stack.cell, grid.top + row * stack.cell


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
        parts.append(f"{shown} of {len(found.values)} maps drawn")
    if len(found.reads(0)) > 4:
        parts.append(f"4 of {len(found.reads(0))} channels drawn")
    return ", ".join(parts)


def _both(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]} and {pair[1]}"
