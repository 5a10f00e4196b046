"""ImageNet-E's table from rows made by hand."""

import numpy as np
import pytest

from durometer.data.imagenet_e import AVERAGED, CONTROL, EDITS
from durometer.explain import summarize
from durometer.explain.imagenet_e import EditDifference, EditTable, ImageNetE
from durometer.explain.slots import AS_PUBLISHED, ISOLATED

N = 40
KEYS = [edit.key for edit in EDITS]


class Made:
    """A record of plain arrays: `scores[model][condition]` is (N,), NaN where a sample was not edited."""

    plan_text = ""

    def __init__(self, conditions, scores):
        self.manifest = {
            "title": "made", "conditions": conditions, "models": {m: {"labels": ["a", "b"]} for m in scores},
            "data": {}, "complete": True,
        }  # fmt: skip
        self._scores = scores

    def rows(self, columns=None):
        made = {name: [] for name in columns}
        for model, of_model in self._scores.items():
            for condition, score in of_model.items():
                for i, s in enumerate(score):
                    bad = np.isnan(s)
                    row = {
                        "position": i, "model": model, "condition": condition, "draw": 0, "target": "0",
                        "answer": int(not s), "confidence": 0.5, "score": 0.0 if bad else s,
                        "status": "not-edited" if bad else "ok", "reason": "no" if bad else "", "facts": "{}",
                    }  # fmt: skip
                    for name in columns:
                        made[name].append(row[name])
        return {name: np.array(values) for name, values in made.items()}

    def table(self, name, columns=None, *, where=None):
        if name == "samples":
            return {
                "sample": np.array([f"s{i}" for i in range(N)]), "position": np.arange(N),
                "label": np.array(["a", "b"] * (N // 2)), "facts": np.array(["{}"] * N),
            }  # fmt: skip
        names = columns or (
            "sample",
            "position",
            "model",
            "condition",
            "draw",
            "top",
            "reason",
            "kind",
            "artifact",
        )
        return {column: np.array([]) for column in names}


def words(name, params=None, *, role="edit", control="", title=None):
    return {
        "spec": {"kind": "stress", "name": name, "version": 1, "params": params or {}}, "role": role,
        "title": title or name, "family": "attributes", "axis": name, "severity": 1.0, "unit": "",
        "control": control, "keeps_label": True, "draws": 1, "source": "",
    }  # fmt: skip


REFERENCES = {
    "original": words("original", role="reference"),
    "canvas": words("canvas", role="reference"),
}


def right(k, *, missing=()):
    """N scores of which the first k are wrong."""
    score = np.ones(N)
    score[:k] = 0
    score[list(missing)] = np.nan
    return score


def found(conditions, scores):
    return summarize(Made({**REFERENCES, **conditions}, scores)).more.get(ImageNetE.name, ())


def tables(things):
    return {(t.model, t.how): t for t in things if isinstance(t, EditTable)}


def premade(keys):
    return {f"c{i}": words("premade", {"variant": f"f{i}", "edit": key}) for i, key in enumerate(keys)}


def test_oracle_published_images_count_from_the_stored_originals():
    # edit k costs k of 40; the originals are right, the canvas loses 4; Inver (k = 0) is not in the average:
    # (1 + … + 10) / 40 / 10 = 55 / 400 = 0.1375
    scores = {"original": right(0), "canvas": right(4), **{f"c{k}": right(k) for k in range(11)}}
    made = tables(found(premade(KEYS), {"net": scores}))
    table = made["net", "images"]
    assert [(e.edit, e.drop.value) for e in table.edits] == [(key, k / N) for k, key in enumerate(KEYS)]
    assert table.average.value == pytest.approx(0.1375)
    assert table.average.low < 0.1375 < table.average.high
    assert table.complete.value == pytest.approx(0.1375)
    assert (table.missing, table.average.n, table.reference.value) == ((), N, 1.0)
    assert {e.against for e in table.edits} == {"original"}


def test_oracle_beyond_inver_is_paired_with_inver():
    # Inver loses samples 0 and 1; edit k the first k + 2: beyond Inver k of 40
    scores = {"original": right(0), "canvas": right(0), **{f"c{k}": right(k + 2) for k in range(11)}}
    table = tables(found(premade(KEYS), {"net": scores}))["net", "images-beyond"]
    assert [(e.edit, e.drop.value) for e in table.edits] == [(key, k / N) for k, key in enumerate(KEYS)][1:]
    assert table.average.value == pytest.approx(0.1375)
    assert table.reference is None


def test_an_unknown_folder_is_not_in_the_table_and_a_lacking_edit_is_named():
    conditions = {
        **premade(["random-background", "size-0.1"]),
        "fog": words("premade", {"variant": "fog", "edit": ""}),
    }
    scores = {"original": right(0), "canvas": right(0), "c0": right(4), "c1": right(8), "fog": right(40)}
    made = tables(found(conditions, {"net": scores}))
    assert list(made) == [("net", "images")]  # without Inver there is nothing beyond it
    table = made["net", "images"]
    assert [e.edit for e in table.edits] == ["random-background", "size-0.1"]
    assert table.average.value == pytest.approx((4 + 8) / N / 2)
    assert set(table.missing) == set(AVERAGED) - {"random-background", "size-0.1"}


def test_oracle_samples_that_an_edit_lacks():
    # random-background is measured on all and costs the first 10: 0.25. size-0.1 lacks the first 20, costs 4
    # of the 20 others: 0.2. The average is 0.225 of 40; over the 20 with both it is (0 + 0.2) / 2 = 0.1.
    second = right(24, missing=range(20))
    scores = {"original": right(0), "canvas": right(0), "c0": right(10), "c1": second}
    made = tables(found(premade(["random-background", "size-0.1"]), {"net": scores}))
    table = made["net", "images"]
    assert [e.drop.value for e in table.edits] == pytest.approx([0.25, 0.2])
    assert [e.not_edited for e in table.edits] == [0, 20]
    assert (table.average.value, table.average.n) == (pytest.approx(0.225), 40)
    assert (table.complete.value, table.complete.n) == (pytest.approx(0.1), 20)


def test_oracle_accuracy_before_is_that_of_the_samples_edited():
    # only the last 20 of 40 are edited, of which the first 2 are wrong before: 18 of 20, not 18 of 40
    scores = {"original": right(22), "canvas": right(22), "c0": right(24, missing=range(20))}
    table = tables(found(premade(["random-background"]), {"net": scores}))["net", "images"]
    assert (table.reference.value, table.reference.n) == (pytest.approx(0.9), 20)
    assert table.edits[0].drop.value == pytest.approx(0.1)


def own(costs):
    """Conditions and scores of the suite on own images: `costs[way][edit]`, published and isolated."""
    control = {"null": words("null-edit", role="control"), "placebo": words("placebo-edit", role="control")}
    conditions, scores = dict(control), {"original": right(0), "canvas": right(0), **costs["controls"]}
    for way, of in (("p", AS_PUBLISHED), ("i", ISOLATED)):
        for edit, (name, params) in of.items():
            if edit == CONTROL or edit == "adversarial-background":
                continue
            shared = AS_PUBLISHED[edit] == ISOLATED[edit]
            key = edit if shared else f"{way} {edit}"
            linked = "null" if shared or edit == "full-size" else "placebo"
            conditions[key] = words(name, params, control=linked)
            scores[key] = costs[way][edit]
    return conditions, scores


def test_oracle_as_published_and_isolated_and_their_difference():
    # null edit costs sample 39, placebo 38 and 39. As published each edit costs the first 12 (0.3). Isolated,
    # edits of the object cost the first 6 (0.15); minus the placebo that is (6 − 2) / 40 = 0.1, minus null
    # edit (full size) 5 / 40 = 0.125. Backgrounds are the same edit: 12 / 40, minus the null edit 11 / 40.
    null, placebo = right(0), right(0)
    null[39] = placebo[38:] = 0
    edits = [e for e in AVERAGED if e != "adversarial-background"]
    costs = {"controls": {"null": null, "placebo": placebo}, "p": dict.fromkeys(edits, right(12))}
    costs["i"] = {e: right(12 if e.endswith("background") else 6) for e in edits}
    things = found(
        *[{k: v} if i else v for i, (k, v) in enumerate([("", own(costs)[0]), ("net", own(costs)[1])])]
    )
    made = tables(things)
    published, isolated = made["net", "as-published"], made["net", "isolated"]
    assert published.edits[0].edit == CONTROL
    assert published.edits[0].drop.value == pytest.approx(1 / N)
    assert {e.edit: e.drop.value for e in published.edits if e.edit != CONTROL} == pytest.approx(
        dict.fromkeys(edits, 0.3)
    )
    expected = (
        {e: 0.1 for e in edits}
        | {"full-size": 0.125}
        | {e: 11 / N for e in edits if e.endswith("background")}
    )
    assert {e.edit: e.drop.value for e in isolated.edits} == pytest.approx(expected)
    assert {e.edit: e.against for e in isolated.edits}["full-size"] == "null-edit"
    assert {e.edit: e.against for e in isolated.edits}["size-0.1"] == "placebo-edit"
    assert published.average.value == pytest.approx(0.3)
    assert isolated.average.value == pytest.approx(sum(expected.values()) / 9)
    assert published.missing == isolated.missing == ("adversarial-background",)
    apart = {x.edit: x.difference.value for x in things if isinstance(x, EditDifference)}
    assert apart == pytest.approx(
        {e: 0.3 - v for e, v in expected.items()} | {"": 0.3 - sum(expected.values()) / 9}
    )


def test_models_are_ranked_where_they_can_be():
    conditions = premade(["random-background", "size-0.1"])
    base = {"original": right(0), "canvas": right(0)}
    strong = {**base, "c0": right(0), "c1": right(0)}
    weak = {**base, "c0": right(30), "c1": right(30)}
    made = tables(found(conditions, {"strong": strong, "alike": strong, "weak": weak}))
    places = {m: (t.best, t.worst) for (m, _), t in made.items()}
    assert places == {"strong": (1, 2), "alike": (1, 2), "weak": (3, 3)}
    short = {**base, "c0": right(30)}
    made = tables(found(conditions, {"strong": strong, "short": short}))
    assert {(t.best, t.worst) for t in made.values()} == {(0, 0)}


def test_plans_that_did_not_mean_it_get_no_table():
    conditions = {"size": words("size", {"share": 0.1}), "random": words("random-background")}
    scores = {"original": right(0), "canvas": right(0), "size": right(1), "random": right(2)}
    assert found(conditions, {"net": scores}) == ()


def test_the_headline_says_which_of_the_two_it_is():
    scores = {"original": right(0), "canvas": right(0), **{f"c{k}": right(k) for k in range(11)}}
    summary = summarize(Made({**REFERENCES, **premade(KEYS)}, {"net": scores}))
    assert any(
        s.startswith("ImageNet-E, published images: net loses 14 points (") and "of 10 edits" in s
        for s in summary.headline.sentences
    )
