"""Classifiers made of a pair of encoders and words: plain zero-shot, and with the context inferred first."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

from durometer.core import Json, UsageError, canonical_json
from durometer.models.adapter import Adapter
from durometer.models.pairs.pair import Pair

Templates = Sequence[str]
Contexts = Mapping[str, Mapping[str, Sequence[str]]]
"""Factor -> value -> phrases: `{"background": {"any": [""], "water": ["on water", "at sea"]}}`."""
PLAIN = ("a photo of a {}.",)


class PairClassifier(Adapter):
    """What both classifiers share; a subclass says what a picture's features mean in `classify`.

    Args:
        pair: The encoders.
        labels: Names of the classes.
        scale: Instead of the pair's own.
        name: For tables.
        output: What `classify` returns.
        said: All else that makes this classifier what it is, as plain JSON: it goes into the digest.
    """

    def __init__(
        self,
        pair: Pair,
        labels: Sequence[str],
        *,
        scale: float | None,
        name: str,
        output: Literal["logits", "probabilities"],
        said: Json,
    ) -> None:
        self.pair, self.scale = pair, pair.scale if scale is None else scale
        text = canonical_json([type(self).__name__, pair.card.digest, list(labels), self.scale, said])
        card = replace(
            pair.card, name=name, digest=hashlib.sha256(text.encode()).hexdigest(), task="classification",
            labels=tuple(labels), output=output, traits=frozenset({"logits"} if output == "logits" else ()),
        )  # fmt: skip
        super().__init__(card, device=pair.device)

    def __call__(self, x: Tensor, /) -> Tensor:
        """Return outputs (B, K) float32 for x (B, C, h, w) in [0, 1], in the pair's own view."""
        with torch.no_grad():
            return self.classify(self.pair.seen(x)).to(x.device)

    def classify(self, features: Tensor, /) -> Tensor:
        """Return outputs (B, K) of unit-length picture features (B, D)."""
        raise NotImplementedError


class ZeroShot(PairClassifier):
    """A classifier whose classes are texts: logits are the scaled cosines of picture and class.

    The features of a class's texts are averaged, then brought to unit length again.

    Args:
        pair: The encoders.
        labels: Names of the classes.
        templates: Sentences with `{}` where the name goes; one or more.
        scale: Instead of the pair's own.
        name: For tables; the pair's with a suffix if not given.

    Source: (Radford et al., 2021).

    Raises:
        UsageError: with fewer than two classes, or a template without `{}`.
    """

    def __init__(
        self,
        pair: Pair,
        labels: Sequence[str],
        *,
        templates: Templates = PLAIN,
        scale: float | None = None,
        name: str = "",
    ) -> None:
        _check(labels, templates)
        texts = [[t.replace("{}", label) for t in templates] for label in labels]
        name = name or f"{pair.card.name} zero-shot"
        super().__init__(pair, labels, scale=scale, name=name, output="logits", said=texts)
        self.weights = averaged(pair, texts)

    def classify(self, features: Tensor, /) -> Tensor:
        """Return outputs (B, K) of unit-length picture features (B, D)."""
        return cosines(features, self.weights) * self.scale


class ContextualZeroShot(PairClassifier):
    """Infer the context first, then classify given it: PerceptionCLIP.

    With f(y, z; x) the scaled cosine of the picture and the text of class y in context z, the context is
    p(z | x) = Σ_y exp(f(y, z; x) / t) / Σ_z Σ_y exp(f(y, z; x) / t), or, with `infer="alone"`, a softmax over
    the texts of the contexts without a class; then p(y | x, z) is a softmax over classes in that context, and
    p(y | x) = Σ_z p(z | x) · p(y | x, z), or that of the likeliest context with `use="best"`.

    Contexts are all combinations of one value a factor. A value's phrases are averaged as templates are.

    Args:
        pair: The encoders.
        labels: Names of the classes.
        contexts: See `Contexts`; an empty phrase adds nothing, so a value can stand for "anything else".
        template: Sentence with `{}` for the class; phrases follow it, each after a comma.
        infer: `with class` sums over classes, `alone` uses `anything` in place of the class.
        use: `all` contexts, weighted, or the `best` one.
        temperature: t, above 0; larger trusts the inferred context less.
        anything: What stands for any class.
        scale: Instead of the pair's own.
        name: For tables.

    Source: (An et al., 2024), as in its published code.

    Raises:
        UsageError: without contexts, or with a temperature that is not above 0.
    """

    def __init__(
        self,
        pair: Pair,
        labels: Sequence[str],
        *,
        contexts: Contexts,
        template: str = "a photo of a {}",
        infer: Literal["with class", "alone"] = "with class",
        use: Literal["all", "best"] = "all",
        temperature: float = 1.0,
        anything: str = "object",
        scale: float | None = None,
        name: str = "",
    ) -> None:
        _check(labels, (template,))
        if not temperature > 0:
            raise UsageError(f"temperature = {temperature} is not above 0", where="ContextualZeroShot")
        self.values, phrases = combinations(contexts)
        said = [list(map(list, self.values)), phrases, template, infer, use, temperature, anything]
        name = name or f"{pair.card.name} contextual"
        super().__init__(pair, labels, scale=scale, name=name, output="probabilities", said=said)
        self.temperature, self.use = temperature, use
        texts = [[_sentence(template, label, p) for p in ps] for label in labels for ps in phrases]
        width = len(phrases)
        self.weights = averaged(pair, texts).reshape(len(labels), width, -1)
        bare = [[_sentence(template, anything, p) for p in ps] for ps in phrases]
        self.alone = averaged(pair, bare) if infer == "alone" else None

    def classify(self, features: Tensor, /) -> Tensor:
        """Return p(y | x) (B, K) of unit-length picture features (B, D)."""
        f, context = self._joint(features), self.context(features)
        if self.use == "best":
            context = torch.nn.functional.one_hot(context.argmax(dim=1), context.shape[1]).to(f)
        return (f.softmax(dim=1) * context[:, None]).sum(dim=2)

    def context(self, features: Tensor, /) -> Tensor:
        """Return p(z | x) (B, Z), contexts in the order of `values`."""
        if self.alone is not None:
            return (cosines(features, self.alone) * self.scale / self.temperature).softmax(dim=1)
        return (self._joint(features) / self.temperature).logsumexp(dim=1).softmax(dim=1)

    def _joint(self, features: Tensor) -> Tensor:
        """Return f (B, K, Z)."""
        k, z, _ = self.weights.shape
        return cosines(features, self.weights.flatten(0, 1)).reshape(-1, k, z) * self.scale


def combinations(contexts: Contexts) -> tuple[tuple[tuple[str, ...], ...], list[list[str]]]:
    """Return (value names of each combination, its phrases): one value a factor, phrases joined by commas.

    Raises:
        UsageError: if there is no factor, or one has no value or no phrase.
    """
    if not contexts or not all(v and all(v.values()) for v in contexts.values()):
        raise UsageError(
            "each factor of a context needs a value, and each value a phrase", where="contexts",
            fix='Write {"background": {"water": ["on water"]}}',
        )  # fmt: skip
    values = tuple(itertools.product(*(v for v in contexts.values())))
    listed = [
        [", ".join(filter(None, phrases)) for phrases in itertools.product(*(
            contexts[factor][value] for factor, value in zip(contexts, chosen, strict=True)))]
        for chosen in values
    ]  # fmt: skip
    return values, listed


def averaged(pair: Pair, texts: Sequence[Sequence[str]]) -> Tensor:
    """Return (G, D): the mean direction of each group of texts."""
    flat = pair.texts([t for group in texts for t in group])
    parts = torch.split(flat, [len(group) for group in texts])
    return normalize(torch.stack([part.mean(dim=0) for part in parts]), dim=1)


def cosines(features: Tensor, weights: Tensor) -> Tensor:
    """Return (B, G); one sum a pair, so that a row does not depend on the batch it is in."""
    return torch.stack([(row * weights).sum(dim=1) for row in features])


def _sentence(template: str, label: str, phrase: str) -> str:
    sentence = template.replace("{}", label)
    return f"{sentence}, {phrase}." if phrase else f"{sentence}."


def _check(labels: Sequence[str], templates: Templates) -> None:
    if len(labels) < 2:
        raise UsageError(f"{len(labels)} classes are too few to choose from", where="zero-shot")
    without = next((t for t in templates if "{}" not in t), None)
    if without is not None or not templates:
        raise UsageError(f"the template {without!r} has no {{}} for the class", where="zero-shot")
