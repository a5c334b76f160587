"""An evidence path as the plain data that the page reads (`web/src/evidence.ts` is its description)."""

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from tapetum.results import Arithmetic, Evidence, EvidenceUnit, Part, PixelBox, Split
from tapetum.results.evidence_picture import around
from tapetum.results.receptive_field import glowing

_MAP = 112
_GLOW = 56
_PARTS = 8
_WRITTEN = 7
"""Rows and columns up to which the products of one channel are written out."""


def evidence_document(found: Evidence) -> dict[str, Any]:
    """One path: its target and the split of its score."""
    return {
        "target": vars(found.target) | {"indices": list(found.target.indices)},
        "score": found.score,
        "root": _split(found, found.root),
    }


def _split(found: Evidence, split: Split) -> dict[str, Any]:
    return {
        "how": split.how,
        "layer": split.layer,
        "title": split.title,
        "channels": split.channels,
        "value": _short(split.value),
        "explained": _short(split.explained),
        "share": _short(split.share),
        "supporting": _short(split.supporting),
        "opposing": _short(split.opposing),
        "residual": _short(split.residual),
        "kept": [_unit(found, unit) for unit in split.kept],
    }


def _unit(found: Evidence, unit: EvidenceUnit) -> dict[str, Any]:
    rows, columns = found.size
    window = around(unit.box, rows, columns)
    return {
        "unit": vars(unit.unit).copy(),
        "title": unit.title,
        "value": _short(unit.value),
        "contribution": _short(unit.contribution),
        "map": _levels(unit.map, _MAP) | {"rows": unit.map.shape[0], "columns": unit.map.shape[1]},
        "box": _fractions(unit.box, rows, columns),
        "window": _fractions(window, rows, columns),
        "glow": None if unit.glow is None else _levels(_cut(glowing(unit.glow), window), _GLOW),
        "cards": [card_document(card) for card in unit.cards],
        "split": None if unit.split is None else _split(found, unit.split),
    }


def card_document(card: Arithmetic, parts: int = _PARTS) -> dict[str, Any]:
    """One number written out: its strongest parts, the others together, and what the network says."""
    rest = card.parts[parts:]
    return {
        "unit": vars(card.unit).copy(),
        "operation": card.operation,
        "formula": card.formula,
        "parts": [_part(part) for part in card.parts[:parts]],
        "rest": {"count": len(rest), "sum": _short(math.fsum(part.subtotal for part in rest))},
        "constants": _named(card.constants),
        "facts": _named(card.facts),
        "function": card.function,
        "sum": _short(card.sum),
        "total": float(f"{card.total:.8g}"),
        "agrees": card.agrees,
        "verdict": card.verdict(),
    }


def _part(part: Part) -> dict[str, Any]:
    written = max(part.values.shape) <= _WRITTEN
    return {
        "layer": part.layer,
        "channel": part.channel,
        "rows": list(part.rows),
        "columns": list(part.columns),
        "factors": _grid(part.factors) if written and part.factors is not None else None,
        "values": _grid(part.values) if written else None,
        "products": _grid(part.products) if written else None,
        "padding": part.padding.tolist() if written else None,
        "subtotal": _short(part.subtotal),
        "factor_of": None if part.factor_of is None else str(part.factor_of),
    }


def _grid(values: Float[np.ndarray, "down across"]) -> list[list[float]]:
    return [[_short(value) for value in row] for row in values.tolist()]


def _named(numbers: Mapping[str, float]) -> list[dict[str, Any]]:
    return [{"name": name, "value": _short(value)} for name, value in numbers.items()]


def _levels(values: Float[np.ndarray, "rows columns"], limit: int) -> dict[str, Any]:
    """A map as 8-bit levels of its largest value, thinned out to at most so many rows and columns."""
    step = -(-max(values.shape) // limit)
    thin = values[::step, ::step]
    scale = float(np.abs(thin).max()) or 1.0
    levels = np.round(thin / scale * 127).astype(np.int8)
    return {
        "map_rows": thin.shape[0],
        "map_columns": thin.shape[1],
        "values": base64.b64encode(levels.tobytes()).decode(),
    }


def _cut(values: Float[np.ndarray, "rows columns"], box: PixelBox) -> Float[np.ndarray, "down across"]:
    return values[box.top : box.bottom, box.left : box.right]


def _fractions(box: PixelBox, rows: int, columns: int) -> dict[str, float]:
    return {
        "top": box.top / rows,
        "left": box.left / columns,
        "bottom": box.bottom / rows,
        "right": box.right / columns,
    }


def _short(value: float) -> float:
    return float(f"{value:.6g}")
