"""An attribute word before the object's noun: which word, and where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from durometer.core import Dial, Dice, Param, Scalar, UsageError
from durometer.stress.text import lexicon
from durometer.stress.text.caption import Caption, Worded
from durometer.stress.text.language import LanguageModel
from durometer.stress.text.noun import before, find, inserted, said
from durometer.stress.text.score import EQUAL, Floats, Related, nearness, weighted

Similarity = Callable[[Sequence[int], Sequence[str]], Sequence[float]]
"""(which caption's picture, text) -> the cosine of picture and text, for many of them at once."""


@dataclass(frozen=True)
class Gap:
    """The place before a noun and what may stand there."""

    text: str
    at: int
    noun: str
    candidates: tuple[str, ...]

    def filled(self) -> list[str]:
        """Return the caption with each candidate in place."""
        return [inserted(self.text, self.at, word) for word in self.candidates]


@dataclass(frozen=True)
class AttributeInsertion:
    """Put an attribute word before the first place of the object's noun, by the published score.

    Of the candidates w, each giving a text t(w), the one with the largest
    (l1 · mm(language(w)) + l2 · mm(max related(w, known)) + l3 · mm(1 − cos(t(w), picture))) / Σ|l|
    is taken, where mm scales to [0, 1] over the candidates (to 0 where they are all alike) and what stands
    last makes the text as unlike the picture as it can be. Equals are decided by dice. A scorer that is not
    given counts for nothing.

    Where the published method takes candidates from a masked language model, these are a small lexicon's;
    give such a model as `language` to have its preference among them. A kind that the caption names already
    in the three words before the noun is not named twice: the caption is refused, as is one without the noun.

    Source: (Ramshetty et al., 2023).

    Raises:
        UsageError: if all three weights are 0.
    """

    kind: Annotated[lexicon.Kind, Param("color, size, shape, or neutral: a word that says nothing")] = "color"
    among: Annotated[
        Literal["true", "false", "any"],
        Param("words that are true of the object, that are not, or all of the kind as published"),
    ] = "true"
    language: Annotated[float, Param("l1, the weight of the language model")] = 1.0
    related: Annotated[float, Param("l2, the weight of nearness to what is known of the object")] = 1.0
    unlike: Annotated[float, Param("l3, the weight of being unlike the picture")] = 1.0
    likeliest: Annotated[int, Param("only so many likeliest candidates; 0 for all", low=0)] = 0

    name: ClassVar[str] = "attribute-insertion"
    version: ClassVar[int] = 1
    source: ClassVar[str] = "ramshetty2023"

    def __post_init__(self) -> None:
        if not abs(self.language) + abs(self.related) + abs(self.unlike) > 0:
            raise UsageError("all three weights are 0, so no word is better than another", where=self.name)

    @property
    def keeps_label(self) -> bool:
        """Whether the caption still says only what is true of the picture, as far as is known."""
        return self.kind == "neutral" or self.among == "true"

    @property
    def dial(self) -> Dial:
        """Where it stands on its axis."""
        return Dial(f"{self.kind} word", 1.0, "words")

    @property
    def title(self) -> str:
        """What a person reads: `color word`, `color word, untrue`."""
        if self.kind == "neutral":
            return "neutral word"
        return f"{self.kind} word" + {"true": "", "false": ", untrue", "any": ", any"}[self.among]

    def __call__(
        self,
        captions: Sequence[Caption],
        dice: Dice,
        /,
        *,
        language: LanguageModel | None = None,
        similarity: Similarity | None = None,
        related: Related = lexicon.related,
    ) -> tuple[Worded, ...]:
        """Return what becomes of each caption; a caption's result does not depend on the others.

        Args:
            captions: B texts with what is known of their pictures.
            dice: Of their ids.
            language: Scores candidates for the gap; see `Bigrams`.
            similarity: Of pictures and texts; asked once for all candidates of all captions.
            related: How near two words are, 0 to 1.
        """
        gaps = [self._gap(c, language, related) for c in captions]
        texts = [(i, t) for i, gap in enumerate(gaps) if isinstance(gap, Gap) for t in gap.filled()]
        found = list(similarity([i for i, _ in texts], [t for _, t in texts])) if similarity and texts else []
        done, start = [], 0
        for i, (caption, gap) in enumerate(zip(captions, gaps, strict=True)):
            if isinstance(gap, str):
                done.append(Worded(caption.text, refused=gap))
                continue
            k = len(gap.candidates)
            cosines = found[start : start + k] if found else None
            start += k
            known = caption.known.get(self.kind, ())
            score = self._score(gap, known, cosines, language, related)
            order = dice.select([i]).permutation("tie", k)[0].numpy()
            done.append(self._worded(caption, gap, self._best(score, order), related))
        return tuple(done)

    def _gap(self, caption: Caption, language: LanguageModel | None, related: Related) -> Gap | str:
        """Return the gap of a caption, or why there is none."""
        noun = find(caption.text, caption.nouns)
        if noun is None:
            return f"the caption does not name the object ({' or '.join(caption.nouns) or 'no noun'})"
        if self.kind != "neutral" and (there := said(caption.text, noun.start(), self.kind)):
            return f"the caption names its {self.kind} already ({there})"
        words = self._candidates(caption, related)
        near = before(caption.text, noun.start())
        words = tuple(w for w in words if w not in near)
        if not words:
            return f"no {self.kind} of the object is known"
        gap = Gap(caption.text, noun.start(), noun.group().lower(), words)
        return self._shortened(gap, language)

    def _candidates(self, caption: Caption, related: Related) -> tuple[str, ...]:
        listed = lexicon.words(self.kind)
        known = caption.known.get(self.kind, ())
        if self.kind == "neutral" or self.among == "any":
            return listed
        if not known:
            return ()
        if self.among == "false":
            return tuple(w for w in listed if nearness(w, known, related) == 0)
        return tuple(dict.fromkeys((*known, *(w for w in listed if nearness(w, known, related) > 0))))

    def _shortened(self, gap: Gap, language: LanguageModel | None) -> Gap:
        if not self.likeliest or language is None:
            return gap
        chance = language(gap.text[: gap.at], gap.candidates, gap.text[gap.at :])
        order = sorted(range(len(chance)), key=lambda i: -chance[i])[: self.likeliest]
        return Gap(gap.text, gap.at, gap.noun, tuple(gap.candidates[i] for i in sorted(order)))

    def _score(
        self,
        gap: Gap,
        known: Sequence[str],
        cosines: Sequence[float] | None,
        language: LanguageModel | None,
        related: Related,
    ) -> Floats:
        chance = language(gap.text[: gap.at], gap.candidates, gap.text[gap.at :]) if language else None
        near = [nearness(w, known, related) for w in gap.candidates]
        unlike = None if cosines is None else [1.0 - c for c in cosines]
        return weighted((self.language, chance), (self.related, near), (self.unlike, unlike))

    def _best(self, score: Floats, order: npt.NDArray[np.int64]) -> int:
        """Return the best candidate; of equals the one that the dice put first."""
        equal = score >= score.max() - EQUAL
        return int(min(np.flatnonzero(equal), key=lambda i: order[i]))

    def _worded(self, caption: Caption, gap: Gap, best: int, related: Related) -> Worded:
        word = gap.candidates[best]
        facts: dict[str, Scalar] = {"noun": gap.noun, "kind": self.kind, "word": word}
        if self.kind != "neutral" and (known := caption.known.get(self.kind)):
            facts["true"] = nearness(word, known, related) > 0
        return Worded(inserted(caption.text, gap.at, word), facts)
