"""Pictures: decode what cannot be trusted, draw maps in colour, write files whole."""

from tapetum.pictures.colour import (
    DIM,
    GROUND,
    INK,
    LINE,
    NEGATIVE,
    PANEL,
    POSITIVE,
    ZERO,
    full_strength,
    overlay,
    resize_map,
    signed,
)
from tapetum.pictures.decode import open_picture
from tapetum.pictures.files import check_place, png_bytes, write_atomically
from tapetum.pictures.gif import gif_bytes
from tapetum.pictures.mosaic import balanced_columns, mosaic, resized
from tapetum.pictures.names import display_name, printable
from tapetum.pictures.picture import Picture, PictureSource
from tapetum.pictures.samples import SAMPLES, sample
from tapetum.pictures.sheet import contact_sheet

__all__ = [
    "DIM",
    "GROUND",
    "INK",
    "LINE",
    "NEGATIVE",
    "PANEL",
    "POSITIVE",
    "SAMPLES",
    "ZERO",
    "Picture",
    "PictureSource",
    "balanced_columns",
    "check_place",
    "contact_sheet",
    "display_name",
    "full_strength",
    "gif_bytes",
    "mosaic",
    "open_picture",
    "overlay",
    "png_bytes",
    "printable",
    "resize_map",
    "resized",
    "sample",
    "signed",
    "write_atomically",
]
