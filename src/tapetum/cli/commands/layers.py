"""`tapetum layers`."""

from typing import Annotated

import typer

from tapetum.cli.app import app
from tapetum.cli.choices import JsonOption
from tapetum.cli.loading import Loader, takes_network


@app.command(rich_help_panel="Inside the network")
@takes_network
def layers(
    *,
    full_names: Annotated[
        bool, typer.Option("--full-names", help="Whole names, as layer= takes them, instead of a tree.")
    ] = False,
    json: JsonOption = False,
    load: Loader,
) -> None:
    """Show the network as a tree: shapes, weights, multiply-adds, receptive fields."""
    from tapetum.cli import show

    network = load()
    if json:
        show.as_json(
            {
                "schema": "tapetum-layers/1",
                "network": network.facts().to_dict(),
                "layers": [
                    {key: value for key, value in vars(layer).items() if key != "places"}
                    | {"spatial": layer.spatial}
                    for layer in network.layers
                ],
            }
        )
        return
    shape = "×".join(map(str, network.input_shape))
    show.layer_tree(
        network.layers,
        full_names=full_names,
        title=f"{network.name}  (input {shape}, {len(network.labels)} classes)",
    )
    total = sum(layer.multiply_adds for layer in network.layers if not layer.container)
    weights, products = (f"{number:,}".replace(",", " ") for number in (network.parameters, total))
    show.say(f"{weights} weights, {products} multiply-adds per picture", "bold")
