"""Run the command: every way it can end, and the exit code of each."""

import json
import os
import sys
from typing import NoReturn

from tapetum.errors import TapetumError

_OURS = 1
_INTERRUPTED = 130


def main() -> NoReturn:
    """Run `tapetum` and exit: 0 fine, 2 what was typed or given is wrong, 1 our fault, 130 interrupted."""
    import typer

    from tapetum.cli.commands import app

    try:
        code = app(standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        print("Interrupted.", file=sys.stderr)
        code = _INTERRUPTED
    except TapetumError as error:
        code = _told(error.kind, str(error), error.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does: there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:  # noqa: BLE001  the last place before the person
        code = _unexpected(error)
    sys.exit(code if isinstance(code, int) else 0)


def _unexpected(error: Exception) -> int:
    """What was typed wrong (typer's errors know their words and their exit code), or our own fault."""
    words, code = getattr(error, "format_message", None), getattr(error, "exit_code", None)
    if words is not None and code is not None:
        return _told("usage", words(), code)
    if os.environ.get("TAPETUM_DEBUG"):
        raise error
    return _told(
        "internal",
        f"Something went wrong inside tapetum: {type(error).__name__}: {error}. "
        "This is our fault; run again with TAPETUM_DEBUG=1 for the details, and report it.",
        _OURS,
    )


def _told(kind: str, message: str, code: int) -> int:
    """Say what is wrong: one line on stderr, or one JSON document on stdout where that was asked for."""
    from tapetum.pictures.names import printable

    if not message:
        return code
    if "--json" in sys.argv[1:]:
        print(json.dumps({"schema": "tapetum-error/1", "error": {"kind": kind, "message": message}}))
    else:
        print(f"tapetum: {printable(message, 2000)}", file=sys.stderr)
    return code
