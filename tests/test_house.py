"""The rules of the house that a machine can watch: imports go down, public things say what they are."""

import ast
from pathlib import Path

import pytest

import durometer

SOURCE = Path(durometer.__file__).parent
LEVELS = [
    {"core"},
    {"ops", "stats", "records"},
    {"data", "models", "tasks", "threat", "measures"},
    {"stress", "attack", "trust", "graphs"},
    {"certify"},
    {"run", "harden", "explain"},
    {"report", "interop"},
    {"cli", "testing"},
]
LEVEL_OF = {part: level for level, parts in enumerate(LEVELS) for part in parts}
FILES = sorted(SOURCE.rglob("*.py"))
NEEDS_TORCH_ONLY = {"durometer", "torch", "numpy"}


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the level they reach"
            yield node.module


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_down_the_levels_only(path):
    own = path.relative_to(SOURCE).parts[0]
    if own.endswith(".py"):
        return
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] != "durometer" or len(parts) == 1 or parts[1] == own:
            continue
        assert LEVEL_OF[parts[1]] < LEVEL_OF[own], f"{own} (level {LEVEL_OF[own]}) imports {name}"


def test_every_part_has_its_level():
    parts = {p.name for p in SOURCE.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    assert parts <= set(LEVEL_OF), parts - set(LEVEL_OF)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_public_things_have_docstrings(path):
    tree = ast.parse(path.read_text())
    if tree.body and path.name != "__init__.py":
        assert ast.get_docstring(tree), f"{path} says nothing of itself"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{path.name}: {node.name} has no docstring"


def test_core_imports_torch_numpy_and_the_standard_library_only():
    import sys

    for path in (SOURCE / "core").glob("*.py"):
        for name in imports_of(path):
            top = name.split(".")[0]
            assert top in NEEDS_TORCH_ONLY or top in sys.stdlib_module_names, f"{path.name} imports {name}"
