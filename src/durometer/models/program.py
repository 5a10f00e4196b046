"""The texts of an exported program that torch turns into Python: all must look harmless.

When it rebuilds a program, torch 2.13 looks operators up by attribute (`torch.ops.aten.add.Tensor`),
evaluates symbolic sizes (`expr_str`, through sympy), compiles guards (`guards_code`) and writes names into
source code. An allow list is kept of each; what lies outside it is not necessarily evil, but needs
`--trust-code`.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

OPERATOR = re.compile(
    r"torch\.ops\.(aten|prim|prims|higher_order|quantized|quantized_decomposed|torchvision)"
    r"\.(_?[A-Za-z0-9]\w*|__i?(and|or|xor|lshift|rshift)__)(\.[A-Za-z0-9]\w*)?"
    r"|torch\._?sym_[a-z_]+"
    r"|math\.[a-z][a-z0-9]*"
    r"|_operator\.(add|sub|mul|truediv|floordiv|mod|pow|neg|pos|abs|eq|ne|lt|le|gt|ge|and_|or_|xor|not_|getitem)"
)
TOUCHES_FILES = re.compile(r"torch\.ops\.\w+\.(from_file|save|load)(\..*)?")
PLAIN = re.compile(r"[\w.@+-]*")
"""Names, which may be dotted: no space, bracket, quote or sign with which code could be written."""
FREE = frozenset({"metadata", "as_string", "as_strings", "torch_version"})
"""Keys of texts that are kept as texts."""
CALLS = re.compile(
    r"Symbol|Integer|Rational|Float|Add|Mul|Pow|Max|Min|Mod|PythonMod|FloorDiv|CleanDiv|CeilDiv|CeilToInt"
    r"|FloorToInt|TruncToInt|TruncToFloat|RoundToInt|ToFloat|IntTrueDiv|FloatTrueDiv|PowByNatural|FloatPow"
    r"|LShift|RShift|Identity|Where|ModularIndexing|floor|ceiling|Abs|Equality|Unequality|GreaterThan|LessThan"
    r"|StrictGreaterThan|StrictLessThan|Eq|Ne|Lt|Le|Gt|Ge|And|Or|Not|size|stride|storage_offset|dim|numel"
)
"""Sizes and arithmetic, as sympy and torch's guards write them."""
SYNTAX = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp, ast.Add,
    ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.Compare, ast.Eq, ast.NotEq, ast.Lt,
    ast.LtE, ast.Gt, ast.GtE, ast.Load, ast.Name, ast.Subscript, ast.Attribute, ast.Call, ast.Constant,
    ast.keyword,
)  # fmt: skip
TREES = frozenset({None, "builtins.tuple", "builtins.list", "builtins.dict", "collections.OrderedDict"})


def strange_in(program: Any) -> str:
    """Return what in a program's JSON lies outside the allow lists, in words; nothing if all is plain."""
    return next((problem for key, text in _texts(program, "") if (problem := _strange(key, text))), "")


def _texts(value: Any, key: str) -> Iterator[tuple[str, str]]:
    """Yield every text with the key that it stands under; a key itself stands under nothing."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield "", name
            if name not in FREE:
                yield from _texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, key)
    elif isinstance(value, str):
        yield key, value


def _strange(key: str, text: str) -> str:
    shown = text if len(text) <= 60 else text[:57] + "…"
    if key in ("target", "as_operator"):
        plain = OPERATOR.fullmatch(text) and not TOUCHES_FILES.fullmatch(text)
        return "" if plain else f"the operator {shown!r}"
    if key in ("expr_str", "guards_code"):
        return "" if _is_arithmetic(text) else f"the expression {shown!r}"
    if key in ("in_spec", "out_spec"):
        return "" if _is_plain_tree(text) else f"the structure {shown!r}"
    return "" if PLAIN.fullmatch(text) else f"the name {shown!r}"


def _is_arithmetic(text: str) -> bool:
    """Say whether a text is arithmetic over sizes and symbols, with known functions only."""
    try:
        nodes = list(ast.walk(ast.parse(text, mode="eval")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(isinstance(node, SYNTAX) and _is_plain_node(node) for node in nodes)


def _is_plain_node(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return not node.id.startswith("_")
    if isinstance(node, ast.Attribute):
        return CALLS.fullmatch(node.attr) is not None
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        return CALLS.fullmatch(name) is not None
    if isinstance(node, ast.keyword):
        return node.arg is not None and isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) or (isinstance(node.value, str) and _is_word(node.value))
    return True


def _is_word(text: str) -> bool:
    return text.isidentifier() or re.fullmatch(r"-?\d+(\.\d*)?(e[+-]?\d+)?", text) is not None


def _is_plain_tree(text: str) -> bool:
    """Say whether a structure of inputs or outputs is made of tuples, lists and dicts with plain keys."""
    try:
        spec = json.loads(text)
    except ValueError:
        return text == ""
    return isinstance(spec, list) and len(spec) == 2 and _is_plain_node_of_tree(spec[1])


def _is_plain_node_of_tree(node: Any) -> bool:
    if not isinstance(node, dict) or node.get("type") not in TREES:
        return False
    try:
        context = json.loads(node.get("context") or "null")
    except (TypeError, ValueError):
        return False
    keys = context if isinstance(context, list) else [] if context is None else [None]
    plain = all(isinstance(k, int) or (isinstance(k, str) and PLAIN.fullmatch(k)) for k in keys)
    return plain and all(map(_is_plain_node_of_tree, node.get("children_spec", ())))
