"""How many channels of each layer are silent on some pictures."""

import html
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tapetum.pictures import check_place, printable, write_atomically
from tapetum.results.facts_file import facts_bytes
from tapetum.results.spreadsheet import csv_text

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True)
class SilentLayer:
    """One layer: the shares of its silent channels, of those silent on every picture, and of its zeros."""

    layer: str
    title: str
    channels: int
    rows: int
    columns: int
    silent: float
    always: float
    zeros: float


@dataclass(frozen=True, repr=False)
class Silence:
    """Layers in the order of execution, measured on so many pictures."""

    network: str
    fingerprint: str
    pictures: int
    layers: tuple[SilentLayer, ...]

    def __repr__(self) -> str:
        return f"Silence({len(self.layers)} layers of {self.network} on {self.pictures} pictures)"

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return vars(self) | {"layers": [vars(layer).copy() for layer in self.layers]}

    def save(self, path: str | Path) -> Path:
        """Write the table (.csv) or everything (.json).

        Raises:
            OutputError: another suffix, or a place that cannot be written.
        """
        target = Path(path)
        check_place(target, "This table is", (".csv", ".json"))
        if target.suffix.lower() == ".csv":
            names = list(vars(self.layers[0])) if self.layers else []
            rows = [list(vars(layer).values()) for layer in self.layers]
            write_atomically(target, csv_text([names, *rows]).encode())
        else:
            write_atomically(target, facts_bytes(self.to_dict()))
        return target

    def __rich__(self) -> "Table":
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for name in _COLUMNS:
            table.add_column(name, justify="left" if name in _COLUMNS[:2] else "right", no_wrap=True)
        for layer in self.layers:
            table.add_row(*(Text(printable(cell)) for cell in _cells(layer)))
        return table

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(layer)) + "</tr>"
            for layer in self.layers
        )
        return f"<table><tr>{head}</tr>{rows}</table>"


_COLUMNS = ("layer", "what", "channels", "silent", "on every picture", "zeros")


def _cells(layer: SilentLayer) -> list[str]:
    shares = (layer.silent, layer.always, layer.zeros)
    return [layer.layer, layer.title, str(layer.channels), *(f"{share:.1%}" for share in shares)]
