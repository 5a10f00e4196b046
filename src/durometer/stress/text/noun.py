"""Where the object's noun stands in a caption, and what stands before it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from durometer.stress.text.lexicon import KIND_OF

WORD = re.compile(r"\w+(?:['’-]\w+)*")
BEFORE = 3
"""So many words before the noun are looked at for what the caption says already, as published."""
VOWELS = "aeiou"


def find(text: str, nouns: Iterable[str]) -> re.Match[str] | None:
    """Return the first place of the first noun that occurs, as a whole word, singular or plural, in any case.

    `box` is found in `two boxes` but not in `boxer`; `berry` in `berries`.
    """
    for noun in nouns:
        if noun.strip() and (found := re.search(_pattern(noun.strip()), text, re.IGNORECASE)):
            return found
    return None


def before(text: str, at: int) -> tuple[str, ...]:
    """Return the last words before a place, lower case, of its own part of the sentence."""
    part = re.split(r"[,.;:!?]", text[:at])[-1]
    return tuple(w.lower() for w in WORD.findall(part))[-BEFORE:]


def said(text: str, at: int, kind: str) -> str:
    """Return the word of a kind that the caption says of the noun already; empty if it says none."""
    return next((w for w in before(text, at) if KIND_OF.get(w) == kind), "")


def inserted(text: str, at: int, word: str) -> str:
    """Return the text with a word before the noun at `at`; an article right before it follows the word."""
    head = text[:at]
    article = re.search(r"\b([aA])([nN]?)(\s+)$", head)
    if article:
        a, n, space = article.groups()
        n = (n or ("N" if a == "A" and text.isupper() else "n")) if word[0].lower() in VOWELS else ""
        head = f"{head[: article.start()]}{a}{n}{space}"
    elif at == 0 or head.rstrip().endswith((".", "!", "?")):  # a sentence begins with the noun
        return f"{head}{word[0].upper()}{word[1:]} {text[at : at + 1].lower()}{text[at + 1 :]}"
    return f"{head}{word} {text[at:]}"


def _pattern(noun: str) -> str:
    stem = re.escape(noun).replace(r"\ ", r"\s+")
    forms = [rf"{stem}(?:s|es)?"]
    if noun[-1].lower() == "y":
        forms.append(rf"{re.escape(noun[:-1])}ies")
    return rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)"
