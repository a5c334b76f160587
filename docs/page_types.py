"""The shapes of the server's answers as the types that the page is checked with."""

from typing import Any

_ABOUT = """// Generated from the server's description by `python -m docs.generate`. Do not edit.

/** What the server answers, as `src/tapetum/server/schema.py` says. */
"""
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def page_types(description: dict[str, Any]) -> str:
    """An interface for each shape of an OpenAPI description, by name.

    Example:
        >>> point = {"properties": {"at": {"type": "array", "items": {"type": "integer"}}}}
        >>> print(page_types({"components": {"schemas": {"Point": point}}}).splitlines()[-2].strip())
        at: number[];
    """
    shapes = description["components"]["schemas"]
    return "\n".join([_ABOUT, *(_interface(name, shapes[name]) for name in sorted(shapes))])


def _interface(name: str, shape: dict[str, Any]) -> str:
    fields = [f"  {field}: {_type(kind)};" for field, kind in shape["properties"].items()]
    return "\n".join([f"export interface {name} {{", *fields, "}", ""])


def _type(kind: dict[str, Any]) -> str:
    if "$ref" in kind:
        return str(kind["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in kind:
        return " | ".join(dict.fromkeys(map(_type, kind["anyOf"])))
    if "enum" in kind:
        return " | ".join(f'"{word}"' for word in kind["enum"])
    if "prefixItems" in kind:
        return f"[{', '.join(map(_type, kind['prefixItems']))}]"
    if kind["type"] == "array":
        inner = _type(kind["items"])
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    if kind["type"] == "object":
        return f"Record<string, {_type(kind['additionalProperties'])}>"
    return _PLAIN[kind["type"]]
