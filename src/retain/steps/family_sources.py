"""What the columns of a family of features depend on: its file, and what that imports of the project."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

PURE = frozenset(
    [
        "__future__",
        "collections",
        "dataclasses",
        "enum",
        "functools",
        "itertools",
        "math",
        "numpy",
        "operator",
        "retain",
        "types",
        "typing",
    ]
)
"""What a feature may import and still be known to give the same for the same rows."""

IMPURE = frozenset({"__import__", "compile", "eval", "exec", "globals", "open", "random"})


def family_sources(sources: Mapping[str, str], path: str) -> Mapping[str, str] | None:
    """The texts, by path, of a definition file and of all that it imports, directly or not.

    None where it cannot be told from the texts alone what the features depend on.
    """
    found: dict[str, str] = {}
    waiting = [path]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        imported = _imported(sources, one)
        if imported is None:
            return None
        found[one] = sources[one]
        waiting += imported
    return dict(sorted(found.items()))


def _imported(sources: Mapping[str, str], path: str) -> list[str] | None:
    """The files of the project that a file imports; None where it does more than that."""
    found: list[str] = []
    for node in ast.walk(ast.parse(sources[path])):
        if isinstance(node, ast.Name | ast.Attribute) and _named(node) in IMPURE:
            return None
        if isinstance(node, ast.Import) and not all(_pure(each.name) for each in node.names):
            return None
        if isinstance(node, ast.ImportFrom):
            files = list(_files(sources, path, node)) if node.level else []
            if not files and (node.level or not _pure(node.module or "")):
                return None
            found += files
    return found


def _files(sources: Mapping[str, str], path: str, node: ast.ImportFrom) -> Iterator[str]:
    """The files that `from .module import name` may run."""
    package = path.split("/")[: -node.level]
    module = [*package, *(node.module or "").split(".")] if node.module else package
    places = [module, *([*module, each.name] for each in node.names)]
    for place in places:
        for file in ("/".join(place) + ".py", "/".join([*place, "__init__.py"])):
            if file in sources:
                yield file


def _named(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def _pure(module: str) -> bool:
    return module.partition(".")[0] in PURE
