"""What a person reads in the terminal. Everything from outside is made harmless before it is printed."""

import contextlib
import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tapetum.pictures.names import printable
from tapetum.progress import Bars, listening

if TYPE_CHECKING:
    from tapetum.network import Layer
    from tapetum.results import (
        Comparison,
        Dream,
        Evidence,
        Examples,
        Explanation,
        Prediction,
        Predictions,
        Skipped,
    )

_WIDE = 220
"""Columns for output that goes into a file or a pipe, where nothing needs to fit a screen."""


_ROWS = 12
"""So many rows of a long list are shown."""


class _Output(Console):
    """A console that leaves it to the command's end what it means that the reader has gone."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


console = _Output(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
notes = Console(stderr=True, highlight=False)


def as_json(document: Any) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(document, ensure_ascii=True, indent=2, allow_nan=False) + "\n")


def say(text: str, style: str = "") -> None:
    """One line, never broken by us: a path must stay in one piece for copying."""
    console.print(Text(text, style=style), soft_wrap=True)


def prediction(found: "Prediction") -> None:
    """The classes of one picture under its name."""
    say(printable(found.picture), "bold")
    console.print(found)


def predictions(found: "Predictions", place: Path | None) -> None:
    """The classes of every picture, or where they were written; then what was skipped."""
    if place is None:
        for one in found:
            prediction(one)
    else:
        count = f"{len(found)} picture{'' if len(found) == 1 else 's'}"
        say(f"Predictions of {count}: {place}", "bold green")
    skipped(found.skipped)


def skipped(files: "Sequence[Skipped]") -> None:
    """How many files were skipped, and each with its reason."""
    if files:
        count = "1 file was" if len(files) == 1 else f"{len(files)} files were"
        notes.print(Text(f"{count} skipped:", style="yellow"), soft_wrap=True)
        for file in files:
            notes.print(Text(printable(f"  {file.reason}", 500), style="yellow"), soft_wrap=True)


def explanation(found: "Explanation") -> None:
    """Classes, and a sentence for every map."""
    from tapetum.registry import METHODS

    for place, (picture, classes) in enumerate(zip(found.pictures, found.predictions, strict=True)):
        prediction(classes)
        for note in picture.notes:
            say(f"  note: {printable(note)}", "dim")
        for number, heatmap in enumerate(found.heatmaps):
            title = METHODS[heatmap.method].title
            label = printable(heatmap.targets[place].label)
            line = Text.assemble(
                ("  ▸ ", "green"), (f"{title}, {label}: ", "bold"), heatmap.sentences()[place]
            )
            console.print(line, soft_wrap=True)
            if found.faithfulness:
                hiding, showing = found.faithfulness[number][place].sentences()
                say(f"      {hiding} {showing}", "dim")
        say("")


def evidence(found: "Evidence") -> None:
    """What the verdict rests on, lane by lane, each unit with what it is made of."""
    say(f"{printable(found.target.label)}, score {found.score:+.4g}", "bold")
    say(f"  {printable(found.root.sentence(), 500)}", "dim")
    for lane in found.lanes():
        say("")
        for depth, unit in enumerate(lane):
            checks = "✓" if all(card.agrees for card in unit.cards) else "✗"
            line = Text.assemble(
                ("  " * depth + "▸ ", "green" if unit.value > 0 else "cyan"),
                (printable(str(unit.unit)), "bold"),
                f" = {unit.value:.4g}, gives {unit.contribution:+.3g} ",
                (checks, "green" if checks == "✓" else "red"),
            )
            console.print(line, soft_wrap=True)
            if unit.split is not None:
                say("  " * depth + f"    {printable(unit.split.sentence(), 500)}", "dim")


def comparison(found: "Comparison") -> None:
    """The table, what its columns punish, and what was left out or done with fewer samples."""
    console.print(found)
    say("")
    for metric in found.metrics:
        way = "higher" if metric.better == "higher" else "lower"
        line = Text.assemble((f"{metric.title} ", "bold"), f"({way} is better) punishes {metric.punishes}.")
        console.print(line, soft_wrap=True)
    say(
        "The controls know nothing of the network. Green: better than all of them. Bold: the best method.",
        "dim",
    )
    say("±: half the 95 % bootstrap interval.", "dim")
    if len(found.pictures) < 10:
        count = "One picture gives no interval" if len(found.pictures) == 1 else "So few pictures say little"
        say(f"{count}: compare on ten or more before choosing a method.", "dim")
    if found.left_out:
        say("\nLeft out:", "bold")
        for what, reason in _grouped(found):
            say(printable(f"  {what}: {reason}", 2000), "yellow")
    for note in found.notes:
        say(printable(f"  {note}", 500), "dim")
    say(f"{found.seconds:.0f} s in all", "dim")


def _grouped(found: "Comparison") -> list[tuple[str, str]]:
    """What was left out, metrics of one method with one reason together."""
    groups: dict[tuple[str | None, str], list[str]] = {}
    for one in found.left_out:
        groups.setdefault((one.method, one.reason), []).extend([one.metric] if one.metric else [])
    return [
        (" ".join(filter(None, [method, ", ".join(metrics)])), reason)
        for (method, reason), metrics in groups.items()
    ]


def layer_tree(layers: "Sequence[Layer]", *, title: str, full_names: bool) -> None:
    """The network as a tree of modules, with what each computes for one picture."""
    made = Table(
        box=None, padding=(0, 2, 0, 0), header_style="bold", title=Text(printable(title), style="bold")
    )
    made.title_justify = "left"
    for name in ("layer", "module", "output"):
        made.add_column(name, no_wrap=True)
    for name in ("weights", "mult-adds", "sees", "stride"):
        made.add_column(name, no_wrap=True, justify="right")
    above: list[str] = []
    for layer in layers:
        while above and not layer.name.startswith((above[-1] + ".", above[-1] + "/")):
            above.pop()
        shown = layer.name[len(above[-1]) :].lstrip(".") if above else layer.name
        made.add_row(*_layer_cells(layer, layer.name if full_names else "  " * len(above) + shown))
        if layer.container:
            above.append(layer.name)
    console.print(made)


def _layer_cells(layer: "Layer", name: str) -> list[Text]:
    field = layer.receptive_field
    sees = "all" if field is None else f"{'' if layer.exact else '~'}{field[0]}×{field[1]}"
    stride = "" if layer.stride is None else str(layer.stride[0])
    if layer.stride is not None and layer.stride[0] != layer.stride[1]:
        stride = f"{layer.stride[0]}×{layer.stride[1]}"
    return [
        Text(printable(name), style="bold" if layer.container else ""),
        Text(layer.module, style="dim"),
        Text("×".join(map(str, layer.shape)), style="cyan" if layer.spatial else ""),
        Text(_short(layer.parameters)),
        Text(_short(layer.multiply_adds)),
        Text(sees),
        Text(stride),
    ]


def _short(number: int) -> str:
    if not number:
        return "–"
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= limit:
            return f"{number / limit:.3g} {letter}"
    return str(number)


def dream(found: "Dream") -> None:
    """What was dreamt, on what, and how."""
    say(f"{printable(found.name)}: {printable(found.objective, 500)}", "bold")
    if found.guide is not None:
        say(f"  guided by {printable(found.guide)}")
    for note in found.notes:
        say(f"  note: {printable(note)}", "dim")
    options = found.options
    say(
        f"  {found.picture.width} × {found.picture.height} pixels, {options['octaves']} octaves × "
        f"{options['scale']:g}, {options['steps']} steps each, {found.seconds:.0f} s",
        "dim",
    )


def examples(found: "Examples", channels: Sequence[int]) -> None:
    """The strongest pictures of some channels, what could not be read, and what was left out."""
    silent, most = set(found.silent), channels[:_ROWS]
    table(
        ("channel", "strongest", "pictures, strongest first"),
        [
            (
                str(c),
                "silent" if c in silent else f"{found.values[c, 0]:.4g}",
                ", ".join(found.pictures_of(c)),
            )
            for c in most
        ],
    )
    if len(found) > len(most):
        say(f"  … {len(most)} of {len(found)} channels; --channel chooses others, the file holds all", "dim")
    for name, reason in found.unreadable[:_ROWS]:
        say(printable(f"  not read: {name}: {reason}", 500), "yellow")
    if found.unreadable_count:
        say(f"  {found.unreadable_count} pictures could not be read", "yellow")
    looked = f"{len(found.seen):,} pictures".replace(",", " ")
    say(f"{found.layer}: the {found.k} strongest of {looked} for each of {len(found)} channels", "bold")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        made.add_column(name, overflow="fold")
    for row in rows:
        made.add_row(*(Text(printable(cell)) for cell in row))
    console.print(made)


def progress(*, quiet: bool) -> contextlib.AbstractContextManager[None]:
    """Bars on stderr with the time left, on a terminal, for what takes more than a second."""
    return listening(None if quiet or not notes.is_terminal else Bars())


@contextlib.contextmanager
def waiting(what: str, *, quiet: bool) -> Iterator[None]:
    """A spinner on stderr, on a terminal."""
    if quiet or not notes.is_terminal:
        yield
        return
    with notes.status(what):
        yield


@contextlib.contextmanager
def one_more_batch(
    words: str = "Finishing this batch; Ctrl-C again to stop at once.",
) -> Iterator[Callable[[], bool]]:
    """Ctrl-C once asks for an end after the current batch; twice ends at once."""
    asked = False

    def ask(*_: Any) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        # A thread of its own: the signal may have come in the middle of a write to the same stream.
        threading.Thread(target=notes.print, args=(words,), kwargs={"style": "yellow"}).start()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
