"""A design as the text of a file that a person reads and changes."""

import json

from tapetum.models.by_hand import Design, Matrix, Row

_HEAD = """\
# A network written by hand. Change a number, save, and look: tapetum layers --model THIS-FILE
#
# A picture (0 is no ink, 1 is full ink) meets each kernel; of the answers those above zero are kept, and of
# every square of `pool` pixels a side the largest one. Each filter lays its maps over these feature maps,
# multiplies and adds: one score per kernel. The verdict weighs the scores of all filters and adds its bias:
# above zero it says the second label, below zero the first.
"""
_KERNELS = "\n# What the kernels look for: positive where ink should be, negative where none should be.\n"
_FILTERS = "\n# Where each filter expects what the kernels look for.\n"
_VERDICT = "\n# A row per filter, a number per kernel, in their order above.\n"


def as_toml(design: Design) -> str:
    """The text of a TOML file that `read_design` reads as the same design."""
    labels = ", ".join(map(_word, design.labels))
    parts = [
        _HEAD,
        f"name = {_word(design.name)}\nlabels = [{labels}]\nsize = {list(design.size)}\n",
        f"padding = {design.padding}\npool = {design.pool}\n",
        _KERNELS,
    ]
    parts += [
        f"\n[[kernels]]\nname = {_word(kernel.name)}\nweights = {_matrix(kernel.weights)}\n"
        for kernel in design.kernels
    ]
    parts.append(_FILTERS)
    for one in design.filters:
        parts.append(f"\n[[filters]]\nname = {_word(one.name)}\n\n[filters.maps]\n")
        parts += [
            f"{_word(kernel.name)} = {_matrix(values)}\n"
            for kernel, values in zip(design.kernels, one.maps, strict=True)
        ]
    parts += [_VERDICT, f"\n[verdict]\nweights = {_matrix(design.weights)}\nbias = {_number(design.bias)}\n"]
    return "".join(parts)


def _matrix(matrix: Matrix) -> str:
    """Rows under each other, their numbers in columns."""
    width = max(len(_number(one)) for row in matrix for one in row)
    return "[\n" + "".join(f"  [{_row(row, width)}],\n" for row in matrix) + "]"


def _row(row: Row, width: int) -> str:
    return ", ".join(_number(one).rjust(width) for one in row)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _word(text: str) -> str:
    """Quoted: TOML has JSON's escapes, and wants one for DEL too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
