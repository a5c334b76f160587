"""Run the command: every way it can end, and the exit code of each."""

import functools
import json
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from tapetum.errors import TapetumError

_OURS = 1


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run `tapetum` with these arguments, by default those of the process, and exit.

    0 is fine, 2 what was typed or given is wrong, 1 our fault, 130 interrupted.
    """
    import typer

    from tapetum.cli.app import INTERRUPTED
    from tapetum.cli.commands import app

    given = list(sys.argv[1:] if arguments is None else arguments)
    told = functools.partial(_told, json_wanted="--json" in given)
    try:
        code = app(given, standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        print("Interrupted.", file=sys.stderr)
        code = INTERRUPTED
    except TapetumError as error:
        code = told(error.kind, str(error.args[0]), error.exit_code, sketch=error.sketch)
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does: there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:  # noqa: BLE001  the last place before the person
        code = told(*_unexpected(error))
    sys.exit(code if isinstance(code, int) else 0)


def _unexpected(error: Exception) -> tuple[str, str, int]:
    """What was typed wrong (typer's errors know their words and their exit code), or our own fault."""
    words, code = getattr(error, "format_message", None), getattr(error, "exit_code", None)
    if words is not None and code is not None:
        text = words().replace("Value error, ", "").rstrip(".")
        command = getattr(getattr(error, "ctx", None), "command_path", "tapetum")
        hint = "" if text.endswith("?") else f". `{command} --help` lists what there is."
        return "usage", text and text + hint, code
    if os.environ.get("TAPETUM_DEBUG"):
        raise error
    return (
        "internal",
        f"Something went wrong inside tapetum: {type(error).__name__}: {error}. "
        "This is our fault; run again with TAPETUM_DEBUG=1 for the details, and report it.",
        _OURS,
    )


def _told(kind: str, message: str, code: int, *, json_wanted: bool, sketch: Sequence[str] = ()) -> int:
    """Say what is wrong: one line on stderr, or one JSON document on stdout where that was asked for.

    Under the line stands the sketch of an error that can point at its place.
    """
    from tapetum.pictures.names import printable

    if not message:
        return code
    if json_wanted:
        whole = "\n".join([message, *sketch])
        print(json.dumps({"schema": "tapetum-error/1", "error": {"kind": kind, "message": whole}}))
    else:
        for line in (f"tapetum: {message}", *sketch):
            print(printable(line, 2000), file=sys.stderr)
    return code
