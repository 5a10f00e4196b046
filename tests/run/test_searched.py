"""Searches in a run, on toy models whose weakness is planted: it is found, saved, and can be made again."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from PIL import Image

from durometer.attack.searches.base import Candidate
from durometer.core import Dice, PlanError, Sample, UnknownNameError, stress
from durometer.core.recipe import one
from durometer.data.bank import MemoryBank
from durometer.explain.effects import effects
from durometer.explain.study import Study
from durometer.run import ConditionPlan, DataPlan, ModelPlan, Plan, run
from durometer.run.candidates import Maker
from durometer.run.conditions import expand, make, with_controls
from durometer.run.show import Bench
from durometer.run.single import edit_one
from durometer.stress import STRESSORS
from durometer.testing.scenes import toy_batch
from durometer.testing.toys import Toy

LABELS = ("red", "green")
KEY = ("position", "model", "condition", "draw")


@dataclass(frozen=True)
class Squares:
    """A red or green square (blue 1) of a given side, centered as far as whole pixels allow, before black."""

    n: int = 8
    size: int = 40
    side: int = 14
    masked: int = 10**9
    name: str = "squares"
    labels: tuple = LABELS

    @property
    def mask_count(self):
        return min(self.n, self.masked)

    def __len__(self):
        return self.n

    def ids(self):
        return tuple(f"s{i:03d}" for i in range(self.n))

    def __getitem__(self, i):
        start = (self.size - self.side) // 2
        mask = torch.zeros(1, self.size, self.size)
        mask[:, start : start + self.side, start : start + self.side] = 1
        shade = 1 - (i // 2) / 255  # no two samples have the same object
        front = torch.tensor([shade * (1 - i % 2), shade * (i % 2), 1.0])[:, None, None]
        x = mask * front + 0.002 * (i + 1) * (1 - mask)  # each background has a gray level of its own
        aux = {"mask": mask} if i < self.masked else {}
        return Sample(f"s{i:03d}", (x * 255).round() / 255, frozenset({i % 2}), aux)


def toy(name, wrong):
    """Right by the object's color, but where `wrong(x, object pixels)` says so."""

    def answer(x):
        thing = (x[:, 2] > 0.9).to(x)
        green = (x[:, 1] * thing).flatten(1).sum(1) > (x[:, 0] * thing).flatten(1).sum(1)
        said = green ^ wrong(x, thing)
        return torch.stack((~said, said), dim=1).to(x) * 4

    return Toy(name, answer, labels=LABELS)


def background_is_red(x, thing):
    out = (x[:, 2] < 0.5).to(x)
    return (x[:, 0] * out).flatten(1).sum(1) / out.flatten(1).sum(1).clamp_min(1) > 0.5


def flips(share):
    """Wrong by a hash of the 8-bit pixels: a coin that falls the same way for the same picture."""

    def wrong(x, thing):
        levels = (x * 255).round().long().flatten(1)
        weights = torch.randint(1, 10**6, levels.shape[1:], generator=torch.Generator().manual_seed(0))
        return (levels * weights).sum(1) % 100003 < share * 100003

    return wrong


def searched(tmp_path, model, *searches, data=None, **settings):
    models = model if isinstance(model, tuple) else (model,)
    plan = Plan(
        tuple(ModelPlan(m) for m in models), DataPlan(data or Squares()),
        tuple(s if isinstance(s, ConditionPlan) else ConditionPlan("search", *s) for s in searches),
        **{"batch_size": 5, "segment": 4, "bank_size": 6, **settings},
    )  # fmt: skip
    return run(plan, tmp_path / "record")


def of(record, name, *, null=False):
    """The rows and facts of one search or of its null."""
    keys = [
        k for k, c in record.manifest["conditions"].items()
        if c["spec"]["name"] == name and c["spec"]["kind"] == "search"
        and bool(c["spec"]["params"].get("null")) == null
    ]  # fmt: skip
    rows = record.rows(where={"condition": keys[0]})
    return (
        rows,
        [json.loads(f) for f in rows["facts"]],
        record.table("searches", where={"condition": keys[0]}),
    )


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """Five plain backgrounds; one of them is red, which is the trap."""
    folder = tmp_path_factory.mktemp("donors")
    for name, color in {"blue": (0, 0, 90), "gray": (90, 90, 90), "green": (0, 200, 0), "trap": (220, 0, 0),
                        "teal": (0, 90, 90)}.items():  # fmt: skip
        Image.fromarray(np.full((60, 50, 3), color, np.uint8)).save(folder / f"{name}.png")
    return folder


@pytest.fixture(scope="module")
def trapped(tmp_path_factory, bank):
    condition = ConditionPlan("search", "worst-background", donors=str(bank))
    return searched(tmp_path_factory.mktemp("trapped"), toy("trapped", background_is_red), condition)


def test_oracle_the_planted_background_is_found_for_every_sample(trapped):
    rows, facts, asked = of(trapped, "worst-background")
    assert (rows["score"] == 0).all()
    assert {f["what"] for f in facts} == {"background of trap.png"}
    assert {f["candidates"] for f in facts} == {5}
    assert len(asked["score"]) == 8 * 5
    wrong = asked["score"] == 0
    assert set(asked["what"][wrong]) == {"background of trap.png"}
    assert wrong.sum() == 8


def test_oracle_the_null_has_as_many_candidates_and_breaks_nothing(trapped):
    rows, facts, asked = of(trapped, "worst-background", null=True)
    assert (rows["score"] == 1).all()
    assert {f["candidates"] for f in facts} == {5}
    assert len(asked["score"]) == 8 * 5
    assert set(asked["what"]) == {f"null edit and faint noise, draw {i}" for i in range(5)}
    assert all("found" not in f and "recipe" not in f for f in facts)


def test_oracle_effect_is_worst_case_drop_minus_null(trapped):
    found = [e for e in effects(Study.read(trapped)) if e.role == "edit"]
    (effect,) = found
    assert effect.control_title == "null of worst background"
    # right on the canvas and under the null, wrong in the worst case: 1 - 0 = 1
    assert (effect.drop.value, effect.control_drop.value, effect.net.value) == (1.0, 0.0, 1.0)


def test_oracle_the_found_picture_is_saved_and_its_recipe_makes_it_again(trapped, tmp_path):
    rows, facts, _ = of(trapped, "worst-background")
    sample = Squares()[3]
    at = list(rows["sample"]).index("s003")
    levels = (sample.x * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    Image.fromarray(levels).save(tmp_path / "s003.png")
    Image.fromarray((sample.aux["mask"][0] * 255).to(torch.uint8).numpy()).save(tmp_path / "mask.png")
    step = one(facts[at]["recipe"])
    file = trapped.path / step.named["file"]
    assert file.exists()
    (condition,) = (make(e) for e in expand(ConditionPlan("stress", step.name, {"file": str(file)})))
    made = edit_one(tmp_path / "s003.png", tmp_path / "mask.png", [condition], short_side=40)[-1]
    (tmp_path / "found.png").write_bytes(trapped.artifact(facts[at]["found"]))
    np.testing.assert_array_equal(np.asarray(made.image), np.asarray(Image.open(tmp_path / "found.png")))


def test_oracle_the_failure_point_is_the_planted_size(tmp_path):
    # right while the object covers 4 % of the canvas; pixels of blue above 0.9 are counted
    def too_small(x, thing):
        return thing.flatten(1).mean(1) < 0.04

    model = toy("size", too_small)
    record = searched(tmp_path, model, ("smallest-size", {"largest": 0.16, "smallest": 0.01, "steps": 4}),
                      data=Squares(4, 96, 34))  # fmt: skip
    rows, facts, asked = of(record, "smallest-size")
    # the grid has 0.16, 0.08, 0.04, …: halving a ratio of 2 four times leaves 2^(1/16), and the pixels of the
    # edge, whose blue is between, are not counted: half of 4 · 19 pixels of 9216 are 0.4 points
    for f in facts:
        assert f["held"] > f["value"]
        assert f["held"] / f["value"] == pytest.approx(2 ** (1 / 16), rel=1e-3)
        assert 0.04 <= f["held"] <= 0.05
        assert f["censored"] is False
    assert (rows["score"] == 0).all()
    np.testing.assert_allclose([f["object_share"] for f in facts], [f["value"] for f in facts], atol=5e-4)
    assert set(asked["value"][asked["score"] == 1]) > set()
    assert asked["value"][asked["score"] == 1].min() == pytest.approx(facts[0]["held"], rel=1e-5)


def test_oracle_the_planted_place_is_the_worst(tmp_path):
    # wrong while the object's centroid is in the right half, below the middle
    def corner(x, thing):
        at = torch.arange(x.shape[-1]) + 0.5
        total = thing.flatten(1).sum(1).clamp_min(1)
        right = (thing.sum(1) * at).sum(1) / total > 0.6 * x.shape[-1]
        low = (thing.sum(2) * at).sum(1) / total > 0.6 * x.shape[-1]
        return right & low

    record = searched(
        tmp_path, toy("corner", corner), ("worst-position", {"side": 3}), data=Squares(4, 60, 14)
    )
    _, facts, asked = of(record, "worst-position")
    assert {(f["x"], f["y"]) for f in facts} == {(0.833333, 0.833333)}
    wrong = asked["score"] == 0
    assert set(zip(asked["x"][wrong], asked["y"][wrong], strict=True)) == {(0.833333, 0.833333)}
    assert {f["recipe"] for f in facts} == {"position(at=[0.833333, 0.833333])"}
    assert len(asked["x"]) == 4 * 9


ANGLES = ("worst-angle", {"angles": [-40, -20, -10, 10, 20, 40]})


@pytest.mark.parametrize(
    "search",
    [
        ("worst-of", {"of": "blur(sigma=[0.01,0.02,0.03,0.04,0.05,0.06])"}),
        ("worst-background", {}),
        pytest.param(ANGLES, marks=pytest.mark.slow),
    ],
)
def test_simulation_a_coin_has_a_worst_case_but_no_effect(tmp_path, search):
    # 12 % of pictures are wrong by chance: the worst of 6 is wrong for 1 - 0.88^6 = 54 %, and the null's too
    record = searched(tmp_path, toy("coin", flips(0.12)), search, data=Squares(160, 24, 10), segment=80,
                      batch_size=64, bank_size=7)  # fmt: skip
    (effect,) = [e for e in effects(Study.read(record)) if e.role == "edit"]
    assert effect.drop.low > 0.1
    assert effect.control_drop.low > 0.1
    assert effect.net.low < 0 < effect.net.high
    assert effect.verdict == "undecided"


def by_key(table):
    order = np.lexsort([table[k] for k in reversed((*KEY, "candidate")) if k in table])
    return {name: column[order] for name, column in table.items()}


EVERY = (
    ("worst-background", {"most": 3}),
    ("worst-position", {"side": 3}),
    ("failure-point", {"of": "blur(sigma=[0, 0.2])", "steps": 3, "rounds": 2}),
    ("smallest-size", {"steps": 3, "rounds": 1}),
    ("minimal-edit", {"axes": ["blur(sigma=[0, 0.2])", "rotate(degrees=[0, 45])"], "steps": 2, "rounds": 1}),
)
WEAK = toy("weak", lambda x, thing: flips(0.2)(x, thing))


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    return searched(tmp_path_factory.mktemp("every"), WEAK, *EVERY, data=Squares(6, 32, 12), seed=3)


@pytest.mark.parametrize(("batch_size", "segment"), [(1, 6), (16, 3)])
def test_properties_batch_size_and_segments_change_nothing(every, tmp_path, batch_size, segment):
    again = searched(tmp_path, WEAK, *EVERY, data=Squares(6, 32, 12), seed=3, batch_size=batch_size,
                     segment=segment)  # fmt: skip
    for name in ("rows", "searches"):
        one, other = by_key(every.table(name)), by_key(again.table(name))
        for column in one:
            np.testing.assert_array_equal(one[column], other[column], err_msg=f"{name}.{column}")


def test_properties_an_interrupted_run_goes_on_bit_by_bit(every, tmp_path):
    def stop(progress):
        if progress.done >= 4:
            raise KeyboardInterrupt

    conditions = tuple(ConditionPlan("search", *s) for s in EVERY)
    plan = Plan((ModelPlan(WEAK),), DataPlan(Squares(6, 32, 12)), conditions, seed=3, batch_size=5, segment=4,
                bank_size=6)  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        run(plan, tmp_path, listener=stop)
    again = run(plan, tmp_path)
    assert again.manifest["digests"] == every.manifest["digests"]
    assert again.manifest["tables"]["searches"] == every.manifest["tables"]["searches"]


def test_oracle_two_models_are_searched_each_for_itself(tmp_path, bank):
    condition = ConditionPlan("search", "worst-background", donors=str(bank))
    sturdy, weak = (
        toy("sturdy", lambda x, thing: torch.zeros(len(x), dtype=torch.bool)),
        toy("weak", background_is_red),
    )
    rows, _, asked = of(searched(tmp_path, (sturdy, weak), condition), "worst-background")
    assert (rows["score"][rows["model"] == "sturdy"] == 1).all()
    assert (rows["score"][rows["model"] == "weak"] == 0).all()
    assert len(asked["score"]) == 2 * 8 * 5


def test_draws_are_other_nulls(tmp_path):
    record = searched(
        tmp_path, WEAK, ConditionPlan("search", "worst-of", {"of": "blur(sigma=[0.01, 0.02])"}, draws=2)
    )
    rows, _, asked = of(record, "worst-of", null=True)
    assert len(rows["score"]) == 16
    first, second = (set(asked["what"][asked["draw"] == d]) for d in (0, 1))
    assert not first & second


def test_an_early_stop_gives_its_null_as_many_to_choose_from(tmp_path, bank):
    condition = ConditionPlan("search", "worst-background", {"stop": True}, donors=str(bank))
    record = searched(tmp_path, toy("trapped", background_is_red), condition)
    _, facts, _ = of(record, "worst-background", null=True)
    assert {f["candidates"] for f in facts} == {5}


def test_properties_the_quick_paste_is_random_background_bit_by_bit():
    batch = toy_batch(5, 48, 64)
    donors = [
        (torch.rand(3, 48, 64, generator=torch.Generator().manual_seed(i)) * 255).to(torch.uint8)
        for i in range(3)
    ]
    bank = MemoryBank([f"d{i}" for i in range(3)], donors)
    batch = batch.but(aux={k: v for k, v in batch.aux.items() if k != "donor"})
    maker = Maker(batch, Bench(0, {"": bank}), None, 0)
    search = make(ConditionPlan("search", "worst-background")).search
    stressor = search.stressors(STRESSORS.make)[0]
    for number in range(3):
        candidate = Candidate(stressor, "", donor=number)
        quick, refused = maker.pictures(candidate, [4, 0, 2])
        assert not refused
        for j, i in enumerate([4, 0, 2]):
            assert torch.equal(quick[j], maker.whole(candidate, i).x[0])
            part = batch.select([i])
            plain = stress(stressor, part.but(aux={**part.aux, "donor": bank.image(number, 48, 64)[None]}),
                           Dice(0, stressor.name, stressor.version, part.ids))  # fmt: skip
            assert torch.equal(quick[j], plain.x[0])


def reasons(record, name, *, null=False):
    rows, _, _ = of(record, name, null=null)
    return dict(zip(rows["sample"], zip(rows["status"], rows["reason"], strict=True), strict=True))


def test_errors_a_bank_that_holds_the_samples_own_only(tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    sample = Squares()[0]
    Image.fromarray((sample.x * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()).save(
        folder / "s002.png"
    )

    @dataclass(frozen=True)
    class Named(Squares):
        def ids(self):
            return tuple(f"s{i:03d}.png" for i in range(self.n))

        def __getitem__(self, i):
            s = super().__getitem__(i)
            return Sample(f"{s.id}.png", s.x, s.y, s.aux)

    condition = ConditionPlan("search", "worst-background", donors=str(folder))
    record = searched(tmp_path, WEAK, condition, data=Named(3))
    told = reasons(record, "worst-background")
    assert told["s002.png"][0] == "not-edited"
    assert told["s002.png"][1].startswith(
        "the bank holds no background but its own; give a folder of backgrounds"
    )
    assert told["s000.png"] == ("ok", "")
    assert reasons(record, "worst-background", null=True)["s002.png"][0] == "not-edited"


def test_errors_no_room_on_the_grid_is_said_and_counted(tmp_path):
    record = searched(tmp_path, WEAK, ("worst-position", {"side": 4}), data=Squares(3, 40, 34))
    told = reasons(record, "worst-position")["s001"]
    assert told[0] == "not-edited"
    assert told[1].startswith("none of 16 candidates could be made; mostly: the object does not fit at")
    assert "make it smaller first" in told[1]
    assert len(of(record, "worst-position")[2]["score"]) == 0


def test_errors_a_size_that_cannot_be_reached_is_left_out_and_counted(tmp_path):
    # half a square of 14 pixels is a bar of 14 × 7: at 0.6 of 1600 pixels it would be 44 long
    @dataclass(frozen=True)
    class Bars(Squares):
        def __getitem__(self, i):
            s = super().__getitem__(i)
            mask = s.aux["mask"].clone()
            mask[:, 20:] = 0
            return Sample(s.id, s.x, s.y, {"mask": mask})

    data = Bars(3, 40, 14)
    record = searched(tmp_path / "both", WEAK, ("worst-size", {"shares": [0.6, 0.05]}), data=data)
    facts = of(record, "worst-size")[1][0]
    assert (facts["candidates"], facts["not_made"], facts["value"]) == (1, 1, 0.05)
    record = searched(tmp_path / "one", WEAK, ("worst-size", {"shares": [0.6]}), data=data)
    status, reason = reasons(record, "worst-size")["s002"]
    assert status == "not-edited"
    assert reason.startswith("the object can't cover 60.0% about its center and stay on the canvas")


def test_errors_samples_without_a_mask_are_not_edited(tmp_path):
    record = searched(tmp_path, WEAK, ("worst-position", {"side": 2}), data=Squares(4, 40, 10, masked=2))
    told = reasons(record, "worst-position")
    assert told["s000"][0] == "ok"
    assert told["s003"] == ("not-edited", "this sample has no mask")


def test_errors_in_plans():
    with pytest.raises(PlanError, match=r"takes no donors. Remove donors"):
        make(ConditionPlan("search", "worst-angle", donors="x"))
    with pytest.raises(PlanError, match="Use worst-background to search a bank"):
        make(ConditionPlan("search", "worst-of", {"of": "random-background(of=['any'])"}))
    with pytest.raises(PlanError, match="only an attack has a threat"):
        make(ConditionPlan("search", "worst-angle", threat={"name": "linf"}))
    with pytest.raises(UnknownNameError, match=r"there is no stress named 'blurr'. Did you mean 'blur'"):
        make(ConditionPlan("search", "worst-of", {"of": "blurr(sigma=[0.1])"}))


def test_controls_every_search_has_its_null_and_it_comes_once():
    found = with_controls([make(ConditionPlan("search", "worst-angle"))] * 2)
    assert [(c.title, c.role) for c in found] == [
        ("worst angle of 10", "edit"), ("null of worst angle of 10", "control"),
    ]  # fmt: skip
    assert found[0].control == found[1].key != found[0].key
    assert found[0].needs == {"mask", "filled"}


def test_errors_an_edit_without_a_model_says_that_a_search_asks_one(tmp_path):
    sample = Squares()[0]
    Image.fromarray((sample.x * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()).save(
        tmp_path / "a.png"
    )
    Image.fromarray((sample.aux["mask"][0] * 255).to(torch.uint8).numpy()).save(tmp_path / "m.png")
    search = make(ConditionPlan("search", "worst-angle"))
    told = edit_one(tmp_path / "a.png", tmp_path / "m.png", [search], short_side=40)
    assert [t.reason for t in told] == ["it asks a model: give it to durometer run", ""]
