"""The command that all others belong to."""

from typing import Annotated

import typer

from tapetum import __version__

app = typer.Typer(
    help="Shows how a convolutional network recognises a picture, from the pixels to the verdict.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

INTERRUPTED = 130


@app.callback(invoke_without_command=True)
def tapetum(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Shows how a convolutional network recognises a picture, from the pixels to the verdict."""
    if version:
        print(f"tapetum {__version__}")
        raise typer.Exit
