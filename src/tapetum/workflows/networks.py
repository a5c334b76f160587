"""Networks by name."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tapetum.network import Network


def open_network(source: str, **options: Any) -> "Network":
    """`tapetum.load`, with its heavy imports only when it is called."""
    from tapetum.models import load

    return load(source, **options)


def model_names(pattern: str | None) -> list[tuple[str, str]]:
    """Names that `load` knows, with where they come from."""
    from tapetum.models import list_models

    return list_models(pattern)
