"""Which condition of a record is which edit of ImageNet-E, and made in which way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from durometer.data.imagenet_e import CONTROL, TITLES
from durometer.explain.study import Study

How = Literal["images", "images-beyond", "as-published", "isolated"]

SHARED: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "plain-background": ("background-complexity", {"factor": 0.5, "target": None}),
    "busy-background": ("background-complexity", {"factor": 2.0, "target": None}),
    "adversarial-background": ("complexity-adversarial", {"factor": 2.0}),
    "random-background": ("random-background", {}),
}
"""Edits that are made in one way; only what they are counted from differs."""
AS_PUBLISHED: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    CONTROL: ("null-edit", {}),
    **SHARED,
    "full-size": ("published-size", {"share": "full"}),
    "size-0.1": ("published-size", {"share": 0.1}),
    "size-0.08": ("published-size", {"share": 0.08}),
    "size-0.05": ("published-size", {"share": 0.05}),
    "random-position": ("published-position", {"share": 0.05}),
    "random-direction": ("published-direction", {}),
}
ISOLATED: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    **SHARED,
    "full-size": ("full-size", {}),
    "size-0.1": ("size", {"share": 0.1}),
    "size-0.08": ("size", {"share": 0.08}),
    "size-0.05": ("size", {"share": 0.05}),
    "random-position": ("position", {"cell": "random", "at": None}),
    "random-direction": ("direction", {"angle": None}),
}
SIGN = frozenset({"published-size", "published-position", "published-direction"})
"""Only a plan with one of these meant to make ImageNet-E's edits."""


def slots(study: Study) -> Mapping[How, Mapping[str, str]]:
    """Return way -> edit -> Spec key, for the ways that the record holds."""
    premade = _premade(study)
    found: dict[How, Mapping[str, str]] = {}
    if premade:
        found["images"] = premade
    if CONTROL in premade and len(premade) > 1:
        found["images-beyond"] = premade
    if any(study.stressor(key) in SIGN for key in study.conditions):
        found["as-published"] = _matching(study, AS_PUBLISHED)
        found["isolated"] = _matching(study, ISOLATED)
    return found


def _premade(study: Study) -> dict[str, str]:
    """Return edit -> Spec key of the images that came edited; of two of one edit the first counts."""
    found: dict[str, str] = {}
    for key in study.conditions:
        edit = _params(study, key).get("edit", "") if study.stressor(key) == "premade" else ""
        if edit in TITLES:
            found.setdefault(str(edit), key)
    return found


def _matching(study: Study, wanted: Mapping[str, tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for edit, (name, params) in wanted.items():
        for key in study.conditions:
            given = _params(study, key)
            if study.stressor(key) == name and all(given.get(k) == v for k, v in params.items()):
                found.setdefault(edit, key)
    return found


def _params(study: Study, key: str) -> Mapping[str, Any]:
    params: Mapping[str, Any] = study.conditions[key].get("spec", {}).get("params", {})
    return params
