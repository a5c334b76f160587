"""`tapetum models`."""

from typing import Annotated

import typer

from tapetum.cli.app import app
from tapetum.cli.choices import JsonOption


@app.command(rich_help_panel="What there is")
def models(
    pattern: Annotated[
        str | None, typer.Argument(help="Part of a name, or a pattern such as 'timm:resnet*'.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """List the networks that --model knows."""
    from tapetum import workflows
    from tapetum.cli import show
    from tapetum.errors import ModelError

    found = workflows.model_names(pattern)
    if not found:
        raise ModelError(f"No network's name contains {pattern!r}. Try a shorter part, such as 'resnet'.")
    if json:
        rows = [{"name": name, "source": source} for name, source in found]
        show.as_json({"schema": "tapetum-models/1", "models": rows})
    else:
        show.table(("network", "source"), found)
