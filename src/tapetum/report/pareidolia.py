"""The page of a picture whose parts were shuffled."""

from tapetum.report.plain_page import origin, plain_page
from tapetum.results import PageFigure, PageSection, PageTable, Pareidolia


def pareidolia_page(found: Pareidolia) -> str:
    """The sheet, what it means in words, and the table over grids."""
    columns, rows = found.table()
    which = "All parts" if found.by is None else f"The parts with most positive evidence by {found.by}"
    return plain_page(
        f"{found.before.picture} in parts: does {found.network.name} still say {found.target.label}?",
        f"{which} changed places, none stayed at its own. Under each shuffle: what the network says of it, "
        f"and the probability of {found.target.label}.",
        figure=PageFigure(
            found._repr_png_(), "The whole picture, and shuffles of it with what the network says of each"
        ),
        sections=[
            PageSection(
                "In words and numbers", found.sentences(), [PageTable("over shuffles", columns, rows)]
            )
        ],
        foot=f"{origin(found.network, found.versions, found.created)}; seed {found.seed}",
    )
