"""Every example that a reader can copy is run, page by page, in the order of the page."""

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tapetum.cli import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```(python|console)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block that can be run; `words` are those after its language, `line` is where its text begins."""

    language: str
    words: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    found = _BLOCK.finditer(text)
    return [Block(b[1], b[2].strip(), b[3], text.count("\n", 0, b.start(3))) for b in found]


# Both are Lightning's: one on its own use of torch, one on small data that needs no processes.
@pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning")
@pytest.mark.filterwarnings("ignore:The 'train_dataloader' does not have many workers")
@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p)], ids=lambda p: p.name)
def test_every_example_of_a_page_runs(page: Path, desk: Path) -> None:
    names: dict[str, object] = {"__name__": page.stem}
    for block in blocks(page):
        place = f"{page.name}, line {block.line + 1}"
        if block.language == "python":
            # Empty lines in front, so that an error names the line of the page.
            code = compile("\n" * block.line + block.text, str(page), "exec")
            with contextlib.redirect_stdout(io.StringIO()) as output:
                exec(code, names)
            printed = re.findall(r"^print\(.*\)  # (.+)$", block.text, re.MULTILINE)
            in_order(printed, output.getvalue(), place)
        else:
            wanted = int(block.words.removeprefix("exit=")) if block.words else 0
            for command, lines in commands(block.text):
                run(command, lines, wanted, place)


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Every command of a console block, with the lines that are shown below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *lines = part.replace("\\\n", "").splitlines()
        yield command, [line for line in lines if line.strip()]


def run(line: str, expected: list[str], wanted: int, place: str) -> None:
    code, output = ended(line)
    assert code == wanted, f"{place}: `{line}` ended with {code}\n{output}"
    in_order(expected, output, place)


def in_order(expected: list[str], output: str, place: str) -> None:
    """Every expected line is in the output, in order; three dots stand for anything, spaces do not count."""
    left = iter([" ".join(found.split()) for found in output.splitlines()])
    for shown in expected:
        pattern = ".*".join(re.escape(" ".join(part.split())) for part in shown.split("..."))
        if shown.strip() != "...":
            assert any(re.fullmatch(pattern, found) for found in left), f"{place}: no {shown!r} in\n{output}"


def ended(line: str) -> tuple[int, str]:
    """Run `tapetum …` in this process: its exit code, and both outputs together."""
    program, *arguments = shlex.split(line)
    assert program == "tapetum", f"only tapetum is run here, not {program}"
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            main(arguments)
        except SystemExit as end:
            return int(str(end.code)), output.getvalue()


def test_a_console_block_is_compared_line_by_line() -> None:
    run("tapetum --version", ["tapetum ..."], 0, "here")
    with pytest.raises(AssertionError, match="no 'tapetum 17'"):
        run("tapetum --version", ["tapetum 17"], 0, "here")
    with pytest.raises(AssertionError, match="ended with 2"):
        run("tapetum explian", [], 0, "here")
