"""How likely a word is at a place: counts of word pairs in the captions at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from durometer.stress.text.noun import WORD

START = "<s>"


class LanguageModel(Protocol):
    """Scores candidates for a gap; larger is likelier. A masked language model fits as well."""

    def __call__(self, left: str, candidates: Sequence[str], right: str, /) -> Sequence[float]: ...


@dataclass(frozen=True)
class Bigrams:
    """P(word | the word before) · P(the word after | word), each with one added to every count.

    Attributes:
        single: How often a word begins a pair.
        pairs: How often one word follows another.
        vocabulary: How many distinct words there are.
    """

    single: Counter[str]
    pairs: Counter[tuple[str, str]]
    vocabulary: int

    @classmethod
    def of(cls, texts: Iterable[str]) -> Bigrams:
        """Count the pairs of words in some texts."""
        single: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for text in texts:
            words = [START, *(w.lower() for w in WORD.findall(text))]
            single.update(words[:-1])
            pairs.update(pairwise(words))
        return cls(single, pairs, len({w for pair in pairs for w in pair} - {START}))

    def __call__(self, left: str, candidates: Sequence[str], right: str, /) -> list[float]:
        """Return a score for each candidate between two texts, of which only the nearest words count."""
        first = ([START] + [w.lower() for w in WORD.findall(left)])[-1]
        last = next((w.lower() for w in WORD.findall(right)), "")
        return [self._follows(first, w) * (self._follows(w, last) if last else 1.0) for w in candidates]

    def _follows(self, one: str, other: str) -> float:
        return (self.pairs[one, other] + 1) / (self.single[one] + self.vocabulary + 1)
