"""What stands in our source files, as the tests of the house read it: modules, imports, functions, text."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def modules(*folders: str) -> dict[str, Path]:
    """{dotted name: file} of every module in these folders; a package goes by its own name."""
    files = {folder: sorted((ROOT / folder).rglob("*.py")) for folder in folders}
    assert files and all(files.values()), f"no modules in one of {folders}"
    return {dotted(file): file for each in files.values() for file in each}


def dotted(file: Path) -> str:
    """A module's name from its file: `report/stats/trend.py` is `report.stats.trend`, `report/__init__.py` is `report`."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(file: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything that a file imports, wherever in it that stands.

    `from a import b` tells `a.b`, which may be a module or a name in one: see `module_of`.
    """
    package = file.relative_to(ROOT).parts[:-1]
    for node in ast.walk(tree(file)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, level=level, names=names):
                base = [*package[: len(package) - level + 1]] if level else []
                yield from ((node.lineno, ".".join([*base, *(module or "").split("."), alias.name]).replace("..", "."))
                            for alias in names)  # fmt: skip


def module_of(name: str, known: dict[str, Path]) -> str | None:
    """The known module that an imported name is, or is in; None if it is of none of them."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name or None


def inner_imports(*folders: str) -> Iterator[tuple[str, int, str]]:
    """(module, line, module imported) of every import between the modules of these folders."""
    known = modules(*folders)
    for name, file in known.items():
        for line, imported in imports(file):
            target = module_of(imported, known)
            if target and target != name:
                yield name, line, target


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    return (node for node in ast.walk(tree(file)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of every string in a file but those that stand alone, which explain; a filled-in value reads as {}."""
    alone = {id(node.value) for node in ast.walk(tree(file)) if isinstance(node, ast.Expr)}
    inside = {id(part) for node in ast.walk(tree(file)) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)} - alone
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (alone | inside):
            yield node.lineno, node.value
