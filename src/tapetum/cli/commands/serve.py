"""`tapetum serve`."""

from typing import Annotated

import typer

from tapetum.cli.app import INTERRUPTED, app
from tapetum.cli.choices import TrustOption


@app.command(rich_help_panel="Look")
def serve(
    *,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", help="What to look at, as every command takes it; may be repeated."),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Where to listen. Any other address than this lets other machines in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes any that is free.")] = 8765,
    open: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    trust_code: TrustOption = False,
) -> None:
    """Look into networks in a browser: from the picture to the arithmetic of a pixel.

    The printed address holds a token that is new at every start. Without it nothing is answered. Ctrl-C
    stops.
    """
    from tapetum import server, workflows
    from tapetum.cli import show

    def told(address: str) -> None:
        show.say(f"Open {address}", "bold green")
        show.say("Ctrl-C stops.", "dim")

    with server.listen(host, port) as listening:
        networks = []
        for name in model or ["lite0"]:
            with show.waiting(f"Loading {name}", quiet=False):
                networks.append(workflows.open_network(name, trust_code=trust_code, engine="torch"))
        if not server.is_local(host):
            show.notes.print(f"Other machines can reach {host}; what they send and see is not encrypted.")
        try:
            server.serve(networks, listening, host, told, open_browser=open)
        except KeyboardInterrupt:
            show.notes.print("Stopped.")
            raise typer.Exit(INTERRUPTED) from None
