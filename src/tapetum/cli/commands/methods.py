"""`tapetum methods`."""

from tapetum.cli.app import app
from tapetum.cli.choices import JsonOption


@app.command(rich_help_panel="What there is")
def methods(json: JsonOption = False) -> None:
    """List the methods with their family, cost and options."""
    from tapetum.cli import show
    from tapetum.registry import METHODS

    if json:
        rows = [
            method.to_dict() | {"options": [option.to_dict() for option in method.options]}
            for method in METHODS.values()
        ]
        show.as_json({"schema": "tapetum-methods/1", "methods": rows})
        return
    show.table(
        ("method", "family", "passes", "signed", "complete", "what it shows"),
        [
            (m.key, m.family, m.cost, "yes" if m.signed else "no", "yes" if m.complete else "no", m.summary)
            for m in METHODS.values()
        ],
    )
    show.say(
        "F forward, B backward to the input, b backward of the head only, T forward of the head only", "dim"
    )
