"""The page of a training."""

from tapetum.report.plain_page import plain_page
from tapetum.results import PageFigure, PageSection, PageTable, Training


def training_page(found: Training) -> str:
    """The learning curve, how it went in words, every epoch, and what it was trained on."""
    columns, rows = found.table()
    data = found.data
    versions = ", ".join(f"{name} {version}" for name, version in found.versions.items())
    options = ", ".join(f"{name.replace('_', ' ')} {_word(value)}" for name, value in found.options.items())
    sections = [
        PageSection(
            "How it went",
            found.sentences(),
            [PageTable("every epoch", columns, rows)],
            [
                PageFigure(picture, f"{what} of the training and the validation part, epoch by epoch")
                for what, picture in zip(("Loss", "Share named rightly"), found.curves(), strict=True)
            ],
        ),
        PageSection(
            "What it was trained on",
            [f"{data.name}, fingerprint {data.fingerprint}"],
            [
                PageTable(
                    "pictures",
                    ("class", "training", "validation", "test"),
                    [
                        (name, *map(str, counts))
                        for name, *counts in zip(
                            found.classes, data.train, data.validation, data.test, strict=True
                        )
                    ],
                )
            ],
        ),
    ]
    if data.skipped:
        files = [(file.name, file.reason) for file in data.skipped]
        sections.append(PageSection("Files that were left out", (), [PageTable("", ("file", "why"), files)]))
    return plain_page(
        f"{found.architecture} on {data.name}",
        "How a network learnt: the loss it was trained to lower, and the share of pictures it names rightly. "
        "The upright line marks the epoch whose weights were kept.",
        sections=sections,
        foot=f"{options}; {versions}; {found.created}",
    )


def _word(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name} {amount:g}" for name, amount in value.items() if amount) or "none"
    return "none" if value is None else str(value)
