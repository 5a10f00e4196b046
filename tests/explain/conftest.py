"""A record in memory, as docs/record.md describes it: scores in, tables out."""

import json
from types import SimpleNamespace

import numpy as np
import pytest


class Stand:
    """What `explain` asks of a record, without a folder."""

    def __init__(self, manifest, rows, tables, path=""):
        self.manifest, self._rows, self._tables, self.path = manifest, rows, tables, path

    def rows(self, columns=None, *, where=None):
        return self.table("rows", columns, where=where)

    def table(self, name, columns=None, *, where=None):
        held = {**self._tables, "rows": self._rows}[name]
        keep = np.ones(len(held["sample"]), bool)
        for column, value in (where or {}).items():
            keep &= held[column] == value
        return {c: held[c][keep] for c in columns or held}


def objects(values):
    column = np.empty(len(values), object)
    column[:] = values
    return column


def condition(
    role="edit", *, name="", axis="", severity=1.0, title="", control="", family="attributes", unit=""
):
    """The manifest's words on one condition."""
    words = {
        "spec": {"kind": "stress", "name": name, "version": 1, "params": {}}, "title": title or name,
        "family": family, "role": role, "axis": axis or name, "severity": severity, "unit": unit,
        "control": control, "keeps_label": role != "diagnostic", "draws": 1, "source": "",
    }  # fmt: skip
    return SimpleNamespace(words=words)


REFERENCES = {
    "k-original": condition("reference", name="original", title="own view of the original"),
    "k-canvas": condition("reference", name="canvas", title="unedited canvas"),
}


def make_record(
    scores, conditions, *, labels=("cat", "dog"), label=None, facts=None, confidence=None, status=None,
    reason=None, achieved=None, answer=None, models=None, skipped=(), unread=0, pictures=(), path="",
    content=None, samples=None,
):  # fmt: skip
    """Build a record from {(model, condition key): (n,) or (n, draws) scores}.

    `confidence`, `status`, `reason`, `answer` and `achieved` (facts as JSON texts) are keyed like `scores`.
    """
    every = {**{k: v.words for k, v in REFERENCES.items()}, **{k: v.words for k, v in conditions.items()}}
    n = len(next(iter(scores.values())))
    names = list(dict.fromkeys(m for m, _ in scores))
    truth = np.arange(n) % len(labels) if label is None else np.asarray(label)
    samples = objects([f"s{i:05d}" for i in range(n)]) if samples is None else objects(samples)
    columns = {c: [] for c in ("sample", "position", "model", "condition", "draw", "target", "answer",
                               "confidence", "score", "status", "reason", "facts")}  # fmt: skip

    for key, values in scores.items():
        grid = np.asarray(values, np.float32)
        grid = grid[:, None] if grid.ndim == 1 else grid
        draws = grid.shape[1]
        every[key[1]]["draws"] = draws
        right = np.repeat(truth, draws).reshape(n, draws)
        said = np.where(grid >= 0.5, right, (right + 1) % len(labels))

        def spread(table, fill, key=key, n=n, draws=draws):
            values = np.asarray((table or {}).get(key, fill), object)
            values = values[:, None] if values.ndim == 1 else values
            return np.broadcast_to(values, (n, draws)).ravel()

        columns["sample"].append(np.repeat(samples, draws))
        columns["position"].append(np.repeat(np.arange(n, dtype=np.int32), draws))
        columns["model"].append(objects([key[0]] * (n * draws)))
        columns["condition"].append(objects([key[1]] * (n * draws)))
        columns["draw"].append(np.tile(np.arange(draws, dtype=np.int32), n))
        columns["target"].append(objects([str(t) for t in right.ravel()]))
        columns["answer"].append(spread(answer, said).astype(np.int32))
        columns["confidence"].append(spread(confidence, 0.8).astype(np.float32))
        columns["score"].append(grid.ravel())
        columns["status"].append(spread(status, "ok"))
        columns["reason"].append(spread(reason, ""))
        columns["facts"].append(spread(achieved, "{}"))
    rows = {name: np.concatenate(parts) for name, parts in columns.items()}
    order = np.lexsort(
        (rows["draw"], rows["condition"].astype(str), rows["model"].astype(str), rows["position"])
    )
    rows = {name: column[order] for name, column in rows.items()}
    manifest = {
        "schema": 1, "complete": True, "title": "a record", "command": "durometer run", "seconds": 1.0,
        "conditions": every, "skipped": list(skipped), "plan_digest": "p", "versions": {}, "digests": {},
        "models": {m: {"digest": "d", "labels": list(labels), "among": list(range(len(labels))), "input": {},
                       "guesses": [], "cut_share": None, **(models or {}).get(m, {})} for m in names},
        "data": {"name": "toy", "fingerprint": "f", "n": n, "unread": unread, "labels": list(labels),
                 "masks": 0, "guesses": []},
    }  # fmt: skip
    others = {i: [j for j in range(len(labels)) if j != i] for i in range(-1, len(labels))}
    fact_texts = facts or ["{}"] * n
    tables = {
        "samples": {
            "sample": samples, "position": np.arange(n, dtype=np.int32),
            "label": objects([labels[t] for t in truth]),
            "content": objects([f"c{i}" for i in range(n)] if content is None else content),
            "mask_share": np.full(n, np.nan, np.float32), "facts": objects(list(fact_texts)),
        },
        "unread": {"sample": objects([f"u{i}" for i in range(unread)]), "position": np.arange(unread),
                   "reason": objects(["not an image"] * unread)},
        "pictures": {c: objects([p[c] for p in pictures]) for c in
                     ("sample", "condition", "draw", "kind", "artifact")},
        "outputs": {
            **{c: rows[c] for c in ("sample", "position", "model", "condition", "draw")},
            "top": objects([np.array([a, *others[a]][:5], np.int32) for a in rows["answer"].tolist()]),
        },
    }  # fmt: skip
    return Stand(manifest, rows, tables, path)


@pytest.fixture(scope="session")
def toy():
    """The builders: `toy.record(scores, conditions)`, `toy.condition(…)`, `toy.text(facts)`."""
    return SimpleNamespace(
        record=make_record,
        condition=condition,
        text=lambda **facts: json.dumps(facts, sort_keys=True, separators=(",", ":")),
    )
