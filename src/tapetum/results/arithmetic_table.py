"""A sum written out for a terminal: one line per channel, the strongest expanded to its products."""

from typing import TYPE_CHECKING

import numpy as np

from tapetum.pictures import printable

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from tapetum.results.arithmetic import Arithmetic, Part

_BAR = 20
_MOST = 7
"""Rows and columns up to which the products of one channel are written out."""


def written_out(found: "Arithmetic", shown: int | None) -> "Group":
    """The whole card: what is computed, its terms, the total and whether it is right."""
    from rich.console import Group
    from rich.text import Text

    head = Text.assemble((printable(str(found.unit)), "bold"), ("  " + found.operation, "dim"))
    pieces: list[Text | Table] = [head, Text(found.formula, style="italic dim")]
    if found.parts and found.parts[0].values.size > 1:
        pieces += _expanded(found.parts[0])
    pieces.append(_sum(found, shown))
    for name, value in found.facts.items():
        pieces.append(Text(f"  {name}: {value:.7g}", style="dim"))
    style = "green" if found.agrees else "bold red"
    pieces.append(Text(f"{'✓' if found.agrees else '✗'} {found.verdict()}", style=style))
    return Group(*pieces)


def _sum(found: "Arithmetic", shown: int | None) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), show_header=True, header_style="dim")
    table.add_column("from", no_wrap=True)
    table.add_column("factor × value", justify="right", no_wrap=True)
    table.add_column("contribution", justify="right", no_wrap=True)
    table.add_column("")
    lines = found.lines(shown)
    largest = max((abs(part.subtotal) for part in found.parts), default=0.0) or 1.0
    for place, (name, value) in enumerate(lines):
        part = found.parts[place] if place < min(len(found.parts), shown or len(found.parts)) else None
        bar = "━" * max(1, round(_BAR * min(1.0, abs(value) / largest))) if part and value else ""
        table.add_row(
            Text(printable(name, 60), style="" if part else "dim"),
            Text("" if part is None else _product(part)),
            f"{value:+.6g}",
            Text(bar, style="green" if value > 0 else "cyan"),
        )
    if found.function is not None:
        table.add_row(Text("sum", style="dim"), "", f"{found.sum:+.6g}", "")
    total = "total" if found.function is None else f"total: {found.formula}"
    table.add_row(Text(total, style="bold"), "", Text(f"{found.total:+.7g}", style="bold"), "")
    return table


def _product(part: "Part") -> str:
    """Factor and value of a single term, or how many products there are."""
    if part.values.size > 1:
        return f"{part.values.shape[0]}×{part.values.shape[1]} products"
    value = f"{part.values[0, 0]:.5g}"
    if part.factors is None:
        return f"exp of {value}"
    of = "" if part.factor_of is None else f" ({printable(str(part.factor_of), 40)})"
    return f"{part.factors[0, 0]:.5g}{of} × {value}"


def _expanded(part: "Part") -> "list[Table]":
    """Kernel, map and products of one channel, side by side."""
    from rich.table import Table
    from rich.text import Text

    if part.factors is None or max(part.values.shape) > _MOST:
        return []
    outer = Table(box=None, padding=(0, 2, 0, 0), show_header=True, header_style="dim")
    grids = (
        ("factors", part.factors),
        ("", "×"),
        (f"values of channel {part.channel}", part.values),
        ("", "="),
        (f"products, {part.subtotal:+.6g} together", part.products),
    )
    cells = []
    for title, grid in grids:
        outer.add_column(title, vertical="middle")
        cells.append(Text(grid, style="dim") if isinstance(grid, str) else _grid(grid, part.padding))
    outer.add_row(*cells)
    return [outer]


def _grid(values: np.ndarray, padding: np.ndarray) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1, 0, 0), show_header=False)
    for _ in range(values.shape[1]):
        table.add_column(justify="right", no_wrap=True)
    for row, outside in zip(values, padding, strict=True):
        table.add_row(
            *(
                Text(f"{value:.3g}", style="dim" if gone else "green" if value > 0 else "cyan")
                for value, gone in zip(row, outside, strict=True)
            )
        )
    return table
