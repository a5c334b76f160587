"""The command, run in this process: its exit code, and what it printed."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tapetum.cli import main


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """`run("explain", "cat.png")` inside an empty folder."""
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, printed.out, printed.err)

    return ran
