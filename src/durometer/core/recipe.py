"""Recipe strings: `size(share=0.05)` or `trades(eps=8/255, beta=6) + ema(0.999)`. Parsed, never evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from durometer.core.errors import UsageError
from durometer.core.nouns import Json

TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<word>[A-Za-z0-9_.+/@:%-]+(?<![+]))|(?P<sign>[()=,\[\]+]))"""
)
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z")


@dataclass(frozen=True)
class Step:
    """One named step of a recipe with its arguments."""

    name: str
    positional: tuple[Json, ...] = ()
    named: dict[str, Json] = field(default_factory=dict)


def parse(text: str, *, where: str = "") -> tuple[Step, ...]:
    """Return the steps of a recipe, joined by `+`.

    Values are numbers, `true`/`false`, exact ratios such as `8/255` (kept as text), words, quoted text, and
    lists of these in square brackets.

    Raises:
        UsageError: naming the place where the text stops making sense.
    """
    reader = _Reader(list(_tokens(text, where)), text, where)
    steps = [_step(reader)]
    while reader.take("+"):
        steps.append(_step(reader))
    if reader.left:
        raise reader.wrong("the end")
    return tuple(steps)


def one(text: str, *, where: str = "") -> Step:
    """Return the only step of a recipe of one step with named arguments."""
    steps = parse(text, where=where)
    if len(steps) != 1 or steps[0].positional:
        raise UsageError(f"{text!r} is not of the form name(key=value, …)", where=where)
    return steps[0]


def written(step: Step) -> str:
    """Return a step as text that `parse` reads back."""
    inside = [*map(_shown, step.positional), *(f"{k}={_shown(v)}" for k, v in step.named.items())]
    return f"{step.name}({', '.join(inside)})" if inside else step.name


def _shown(value: Json) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, str):
        return f"'{value}'" if '"' in value else f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _tokens(text: str, where: str) -> Iterator[str]:
    at = 0
    while text[at:].strip():
        found = TOKEN.match(text, at)
        if not found:
            raise UsageError(f"can't read {text[at:].strip()!r} in {text!r}", where=where)
        yield found.group().strip()
        at = found.end()


class _Reader:
    def __init__(self, tokens: list[str], text: str, where: str) -> None:
        self.left, self.text, self.where = tokens, text, where

    def take(self, sign: str) -> bool:
        if self.left and self.left[0] == sign:
            self.left.pop(0)
            return True
        return False

    def word(self, wanted: str) -> str:
        if not self.left or self.left[0] in "()=,[]+":
            raise self.wrong(wanted)
        return self.left.pop(0)

    def wrong(self, wanted: str) -> UsageError:
        found = repr(self.left[0]) if self.left else "the end"
        return UsageError(f"expected {wanted} and found {found} in {self.text!r}", where=self.where)


def _step(reader: _Reader) -> Step:
    name = reader.word("a name")
    if not NAME.match(name):
        raise UsageError(f"{name!r} is not a name in {reader.text!r}", where=reader.where)
    if not reader.take("("):
        return Step(name)
    positional: list[Json] = []
    named: dict[str, Json] = {}
    while not reader.take(")"):
        _argument(reader, positional, named)
        if not reader.take(",") and reader.left[:1] != [")"]:
            raise reader.wrong("',' or ')'")
    return Step(name, tuple(positional), named)


def _argument(reader: _Reader, positional: list[Json], named: dict[str, Json]) -> None:
    if reader.take("["):
        positional.append(_list(reader))
        return
    word = reader.word("a value")
    if not reader.take("="):
        positional.append(_value(word))
    elif word in named:
        raise UsageError(f"{word!r} is given twice in {reader.text!r}", where=reader.where)
    else:
        named[word] = _list(reader) if reader.take("[") else _value(reader.word("a value"))


def _list(reader: _Reader) -> list[Json]:
    items: list[Json] = []
    while not reader.take("]"):
        items.append(_value(reader.word("a value")))
        if not reader.take(",") and reader.left[:1] != ["]"]:
            raise reader.wrong("',' or ']'")
    return items


def _value(word: str) -> Json:
    if word[0] in "\"'":
        return word[1:-1]
    if word in ("true", "false"):
        return word == "true"
    if NUMBER.match(word):
        return int(word) if re.match(r"[+-]?\d+\Z", word) else float(word)
    return word
