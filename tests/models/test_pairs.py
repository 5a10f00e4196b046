"""Pairs of encoders: the shell, the toy pair, CLIP-like models, zero-shot with and without context."""

import builtins
import hashlib
import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from durometer.core import InputSpec, MissingExtraError, ModelCard, ModelError, UnknownNameError, UsageError
from durometer.data.scenes import LABELS, Scenes
from durometer.data.scenes.draw import BACKGROUNDS
from durometer.models import pairs
from durometer.models.pairs import ContextualZeroShot, Pair, ZeroShot, shelf
from durometer.models.pairs.towers import Towers, contrastive
from durometer.models.pairs.zero_shot import combinations
from durometer.run import ConditionPlan, DataPlan, ModelPlan, Plan, run
from durometer.stats import clopper_pearson, graded_mean
from durometer.tasks.retrieval import reciprocal_ranks


class Table:
    """Encoders whose features are written down: a picture's first pixels, a text's own row."""

    def __init__(self, texts, width):
        self.texts, self.width = texts, width
        self.asked = []

    def image_features(self, x):
        self.asked.append(len(x))
        return x.flatten(1)[:, : self.width]

    def text_features(self, texts):
        self.asked.append(len(texts))
        return torch.tensor([self.texts[t] for t in texts], dtype=torch.float64)


def pair_of(texts, width=2, **options):
    return Pair(Table(texts, width), ModelCard("table", "d"), **options)


def picture(*values):
    return torch.cat([torch.tensor(values), torch.zeros(12 - len(values))]).reshape(3, 2, 2)


def test_oracle_the_shell_normalizes_and_asks_in_batches_of_one_size():
    pair = pair_of({"a": [3.0, 4.0], "b": [0.0, 2.0]}, batch_size=4)
    x = torch.stack([picture(0.6, 0.8), picture(0.0, 0.0), picture(0.5, 0.0)])
    found = pair.images(x)
    assert found[0].tolist() == pytest.approx([0.6, 0.8])
    assert found[1].isnan().all()  # zero has no direction
    assert found[2].tolist() == [1.0, 0.0]
    texts = pair.texts(["b", "a", "b"])
    assert texts.tolist() == [pytest.approx([0, 1]), pytest.approx([0.6, 0.8]), pytest.approx([0, 1])]
    assert texts.dtype == torch.float32
    assert pair.encoders.asked == [4, 4]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda n: torch.zeros(n), r"answered 4 inputs with \(4,\)"),
        (lambda n: torch.zeros(n + 1, 2), r"answered 4 inputs with \(5, 2\)"),
        (lambda n: [0.0] * n, "answered 4 inputs with list"),
    ],
)
def test_errors_encoders_that_answer_something_else(answer, message):
    pair = pair_of({}, batch_size=4)
    pair.encoders.text_features = lambda texts: answer(len(texts))
    with pytest.raises(ModelError, match=message):
        pair.texts(["a"])


def test_errors_encoders_that_fail_and_impossible_scales():
    with pytest.raises(ModelError, match=r"table: failed on an input of shape \(4,\)"):
        pair_of({}, batch_size=4).texts(["unknown"])
    for options in ({"scale": math.inf}, {"scale": -1.0}, {"batch_size": 0}):
        with pytest.raises(UsageError, match="must be finite"):
            pair_of({}, **options)


# The toy pair


@pytest.fixture(scope="module")
def toy():
    return pairs.load("scenes/pair")


@pytest.fixture(scope="module")
def scenes():
    data = Scenes(split="uniform", n=200, seed=1)
    samples = [data[i] for i in range(200)]
    return torch.stack([s.x for s in samples]) / 255.0, [s.facts["caption"] for s in samples]


def test_the_file_is_small_and_what_the_list_says():
    (name,) = pairs.entries()
    raw = (shelf.FOLDER / "scenes-pair.safetensors").read_bytes()
    assert name == "scenes/pair"
    assert len(raw) < 400_000
    assert hashlib.sha256(raw).hexdigest() == pairs.entries()[name]["sha256"]


def test_errors_unknown_and_changed_pairs(tmp_path, monkeypatch):
    with pytest.raises(UnknownNameError, match="Did you mean 'scenes/pair'"):
        pairs.load("scene/pair")
    for file in ("pairs.json", "scenes-pair.safetensors"):
        (tmp_path / file).write_bytes((shelf.FOLDER / file).read_bytes())
    with (tmp_path / "scenes-pair.safetensors").open("ab") as file:
        file.write(b"\0")
    monkeypatch.setattr(shelf, "FOLDER", tmp_path)
    with pytest.raises(ModelError, match="the shipped file was changed"):
        pairs.load("scenes/pair")


def test_the_toy_pair_does_what_its_list_says(toy, scenes):
    """Its figure is from 500 scenes of this seed; the first 200 in a gallery of their own are easier."""
    x, captions = scenes
    ranks = reciprocal_ranks(toy.texts(captions) @ toy.images(x).T, torch.arange(200))
    found, _ = graded_mean(ranks.numpy())
    assert found.low > pairs.entries()["scenes/pair"]["figures"]["uniform"]["mrr"]
    assert found.value < 0.9


def test_invariance_features_do_not_depend_on_what_is_asked_beside(toy, scenes):
    x, captions = scenes
    assert torch.equal(toy.images(x[:70])[[3, 69]], torch.cat([toy.images(x[3:4]), toy.images(x[69:70])]))
    assert torch.equal(toy.texts(captions[:70])[[3, 69]], toy.texts([captions[3], captions[69]]))


def test_oracle_the_text_tower_is_a_bag_of_words(toy):
    one, other = toy.texts(["a red star on dots", "DOTS on a star, red"])
    assert torch.allclose(one, other, atol=1e-6)
    strange, stranger = toy.texts(["a frobnicated star", "a zorkmid star"])
    assert torch.equal(strange, stranger)  # one vector for all words that it was not taught
    assert not torch.allclose(strange, toy.texts(["a star"])[0], atol=1e-3)
    assert toy.texts([""]).isfinite().all()


def test_differential_contrastive_loss_written_out():
    generator = torch.Generator().manual_seed(0)
    seen, read = (F.normalize(torch.randn(5, 3, generator=generator), dim=1) for _ in range(2))
    logits = (7 * seen @ read.T).double().numpy()
    by_hand = 0.0
    for table in (logits, logits.T):
        by_hand += np.mean([np.log(np.exp(row).sum()) - row[i] for i, row in enumerate(table)]) / 2
    assert contrastive(seen, read, torch.tensor(7.0)).item() == pytest.approx(by_hand, rel=1e-5)


def test_oracle_parameters_are_as_many_as_the_drawing_says():
    words = ["red", "star"]
    count = sum(p.numel() for p in Towers(words=words).parameters())
    image = 9 * (3 * 32 + 32 * 48 + 48 * 64 + 64 * 64) + 2 * (32 + 48 + 64 + 64) + 64 * 32 + 32
    assert count == image + 3 * 32 + (32 * 64 + 64) + (64 * 32 + 32)


# CLIP-like models


@pytest.fixture(scope="module")
def clip():
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.CLIPConfig(
        text_config={"vocab_size": 99, "hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2,
                     "num_attention_heads": 4, "max_position_embeddings": 12, "eos_token_id": 98,
                     "bos_token_id": 97, "pad_token_id": 0},
        vision_config={"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2,
                       "num_attention_heads": 4, "image_size": 30, "patch_size": 10},
        projection_dim=16,
    )  # fmt: skip
    return transformers.CLIPModel(config).eval()


def letters(texts, *, padding, truncation, max_length, return_tensors):
    """A tokenizer as transformers calls one: a letter a token."""
    assert (padding, truncation, return_tensors) == ("max_length", True, "pt")
    rows = [[*[97, *(ord(c) % 90 + 1 for c in t)][: max_length - 1], 98] for t in texts]
    ids = torch.tensor([row + [0] * (max_length - len(row)) for row in rows])
    return {"input_ids": ids, "attention_mask": (ids != 0).long(), "token_type_ids": ids * 0}


PROCESSOR = {
    "size": {"shortest_edge": 30}, "crop_size": {"height": 30, "width": 30}, "do_center_crop": True,
    "do_resize": True, "resample": 2, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.25],
}  # fmt: skip


def test_differential_a_tiny_clip_gives_its_own_logits(clip):
    pair = pairs.from_clip(clip, letters, PROCESSOR, name="tiny", batch_size=4)
    x = torch.rand(3, 3, 30, 30, generator=torch.Generator().manual_seed(1))
    texts = ["a dog", "a very long text that is cut", "cat"]
    mean, std = (torch.tensor(PROCESSOR[k])[:, None, None] for k in ("image_mean", "image_std"))
    tokens = letters(texts, padding="max_length", truncation=True, max_length=12, return_tensors="pt")
    with torch.no_grad():
        own = clip(
            input_ids=tokens["input_ids"],
            attention_mask=tokens["attention_mask"],
            pixel_values=(x - mean) / std,
        )
    ours = pair.scale * pair.images(x) @ pair.texts(texts).T
    assert torch.allclose(ours, own.logits_per_image, atol=1e-4)
    assert pair.card.input.size == (30, 30)
    assert torch.equal(pair.texts(texts)[1:2], pair.texts(texts[1:2]))


def test_a_clip_from_a_folder(clip, tmp_path, monkeypatch):
    transformers = pytest.importorskip("transformers")
    clip.save_pretrained(tmp_path)
    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", lambda *a, **k: letters)
    pair = pairs.load_clip(str(tmp_path), batch_size=4)
    assert (pair.card.name, pair.card.input.size) == (tmp_path.name, (30, 30))
    assert pair.card.guesses == ("There is no image processor beside the model",)
    assert torch.equal(pair.texts(["a dog"]), pairs.from_clip(clip, letters, batch_size=4).texts(["a dog"]))


def test_errors_a_clip_that_is_not_there(tmp_path):
    pytest.importorskip("transformers")
    with pytest.raises(ModelError, match="nowhere"):
        pairs.load_clip(str(tmp_path / "nowhere"))


def test_errors_without_transformers(monkeypatch):
    whole = builtins.__import__

    def without(name, *rest, **more):
        if name.partition(".")[0] == "transformers":
            raise ImportError(name)
        return whole(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr("importlib.import_module", lambda name: without(name))
    with pytest.raises(MissingExtraError, match=r"durometer\[text\]"):
        pairs.load_clip("openai/clip")


# Zero-shot


def test_oracle_zero_shot_is_the_scaled_cosine_with_the_mean_prompt():
    pair = pair_of(
        {"a cat": [1.0, 0.0], "cats": [0.0, 1.0], "a dog": [1.0, 0.0], "dogs": [1.0, 0.0]}, scale=10.0
    )
    model = ZeroShot(pair, ["cat", "dog"], templates=("a {}", "{}s"))
    x = torch.stack([picture(0.6, 0.8)])
    # cat: (1, 0) and (0, 1) meet at (1, 1) / √2; dog: (1, 0)
    assert model(x)[0].tolist() == pytest.approx([10 * 1.4 / math.sqrt(2), 6.0], rel=1e-6)
    assert model.card.labels == ("cat", "dog")
    assert ZeroShot(pair, ["cat", "dog"], templates=("a {}",)).card.digest != model.card.digest


def contextual(scale=4.0, **options):
    """Two classes, two contexts; the texts' features are drawn so that every formula can be written out."""
    texts = {
        "a cat, indoors.": [1.0, 0.0, 0.0], "a dog, indoors.": [0.6, 0.8, 0.0],
        "a cat, outdoors.": [0.0, 0.0, 1.0], "a dog, outdoors.": [0.0, 0.8, 0.6],
        "a object, indoors.": [1.0, 1.0, 0.0], "a object, outdoors.": [0.0, 1.0, 1.0],
    }  # fmt: skip
    pair = pair_of(texts, 3, scale=scale)
    place = {"place": {"in": ["indoors"], "out": ["outdoors"]}}
    return ContextualZeroShot(pair, ["cat", "dog"], contexts=place, template="a {}", **options)


@pytest.mark.parametrize("infer", ["with class", "alone"])
@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_differential_the_two_steps_written_out(infer, temperature):
    model = contextual(infer=infer, temperature=temperature)
    v = np.array([0.5, 0.7, 0.2])
    found = model(torch.stack([picture(*v.tolist())]))[0].tolist()
    v = v / np.linalg.norm(v)
    f = 4.0 * np.array([[v[0], v[2]], [0.6 * v[0] + 0.8 * v[1], 0.8 * v[1] + 0.6 * v[2]]])  # class × context
    if infer == "with class":
        z = np.exp(f / temperature).sum(axis=0)
    else:
        z = np.exp(4.0 * np.array([v[0] + v[1], v[1] + v[2]]) / math.sqrt(2) / temperature)
    z = z / z.sum()
    given_z = np.exp(f) / np.exp(f).sum(axis=0)
    assert found == pytest.approx((given_z * z).sum(axis=1).tolist(), rel=1e-5)
    assert sum(found) == pytest.approx(1.0, rel=1e-6)
    best = contextual(infer=infer, temperature=temperature, use="best")
    assert best(torch.stack([picture(0.5, 0.7, 0.2)]))[0].tolist() == pytest.approx(
        given_z[:, z.argmax()].tolist(), rel=1e-5
    )


def planted(shift):
    """Land and water birds e1, e2; land and water along e3, e4. Plain prompts carry the usual place.

    A picture is (bird + shift · place) / √(1 + shift²). A plain prompt stands for a bird in its usual place,
    (bird + place) / √2; with the place said it is (bird + said place) / √2.
    """
    bird, place = {"land": 0, "water": 1}, {"land": 2, "water": 3}

    def at(i, j):
        row = [0.0] * 4
        row[i] = row[j] = 1.0
        return row

    texts = {f"a {b}.": at(bird[b], place[b]) for b in bird}
    texts |= {f"a {b}, on {p}.": at(bird[b], place[p]) for b in bird for p in place}
    shown = {
        (b, p): [float(i == bird[b]) + shift * (i == place[p]) for i in range(4)] for b in bird for p in place
    }
    return pair_of(texts, 4, scale=20.0), shown


def test_theorem_context_mends_what_the_place_breaks():
    """A place stronger than the bird (shift > 1) fools plain zero-shot where it is not the usual one.

    Cosines with plain prompts, both over √2 · √(1 + shift²): own class 1, the other class shift, so it errs.
    Given the place p, both classes have shift from it and the own class has 1 more: right at any shift, and
    the place is inferred since every text with p beats the same without it by shift.
    """
    pair, shown = planted(shift=0.75)
    labels, x = ["land", "water"], torch.stack([picture(*v) for v in shown.values()])
    wanted = [b for b, _ in shown]
    place = {"place": {"land": ["on land"], "water": ["on water"]}}
    plain = ZeroShot(pair, labels, templates=("a {}.",))
    context = ContextualZeroShot(pair, labels, contexts=place, template="a {}")
    for shift in (0.75, 1.5):
        pair, shown = planted(shift)
        x = torch.stack([picture(*v) for v in shown.values()]) / 2
        said = [labels[i] for i in plain(x).argmax(dim=1).tolist()]
        given = [labels[i] for i in context(x).argmax(dim=1).tolist()]
        assert given == wanted
        usual = [b == p for b, p in shown]
        assert [s == w for s, w in zip(said, wanted, strict=True)] == [u or shift < 1 for u in usual]
        inferred = context.context(pair.seen(x)).argmax(dim=1).tolist()
        assert [("land", "water")[i] for i in inferred] == [p for _, p in shown]
    # in closed form: cosines of bird land on water at shift 1.5 with its prompts
    length = math.sqrt(2) * math.sqrt(1 + 1.5**2)
    logits = plain(torch.stack([picture(0.5, 0.0, 0.0, 0.75)]))[0].tolist()
    assert logits == pytest.approx([20 * 1 / length, 20 * 1.5 / length], rel=1e-5)


def test_property_a_single_context_is_plain_zero_shot(toy, scenes):
    x = scenes[0][:20]
    plain = ZeroShot(toy, LABELS, templates=("a {}.",))
    one = ContextualZeroShot(toy, LABELS, template="a {}", contexts={"any": {"any": [""]}})
    assert torch.allclose(one(one.view(x)), plain(plain.view(x)).softmax(dim=1), atol=1e-6)


def test_oracle_combinations_of_factors_and_phrases():
    values, phrases = combinations(
        {"place": {"any": [""], "sea": ["at sea", "on water"]}, "light": {"any": [""], "dark": ["at night"]}}
    )
    assert values == (("any", "any"), ("any", "dark"), ("sea", "any"), ("sea", "dark"))
    assert phrases == [
        [""], ["at night"], ["at sea", "on water"], ["at sea, at night", "on water, at night"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: ZeroShot(p, ["cat"]), "1 classes are too few"),
        (lambda p: ZeroShot(p, ["cat", "dog"], templates=("a photo",)), "has no {} for the class"),
        (
            lambda p: ContextualZeroShot(p, ["cat", "dog"], contexts={}),
            "each factor of a context needs a value",
        ),
        (lambda p: ContextualZeroShot(p, ["a", "b"], contexts={"x": {"y": []}}), "needs a value"),
        (
            lambda p: ContextualZeroShot(p, ["a", "b"], contexts={"x": {"y": ["z"]}}, temperature=0),
            "not above 0",
        ),
    ],
)
def test_errors_classifiers(make, message):
    with pytest.raises(UsageError, match=message):
        make(pair_of({}))


def test_the_toy_pair_classifies_better_with_its_context(toy, tmp_path):
    """Backgrounds are anything here; both are run as any other model, and counted from the record's rows."""
    contexts = {"background": {b: [f"on {b}"] for b in BACKGROUNDS}}
    models = (
        ModelPlan(ZeroShot(toy, LABELS, templates=("a {}.",), name="plain")),
        ModelPlan(ContextualZeroShot(toy, LABELS, template="a {}", contexts=contexts, name="context")),
    )
    data = Scenes(split="uniform-background", n=150, seed=1)
    plan = Plan(models=models, data=DataPlan(source=data), conditions=(ConditionPlan("stress", "flip"),))
    rows = run(plan, tmp_path / "record").rows()
    canvas = {c for c, a in zip(rows["condition"], rows["axis"], strict=True) if a == "canvas"}
    assert len(canvas) == 1
    share = {
        name: clopper_pearson(
            float(rows["score"][(rows["model"] == name) & (rows["axis"] == "canvas")].sum()), 150
        )
        for name in ("plain", "context")
    }
    chance = 1 / 8
    assert share["plain"].low > 4 * chance
    assert share["context"].value > share["plain"].value


def test_a_pair_of_one_input_size_sees_any_canvas(toy):
    assert toy.card.input == InputSpec(size=(64, 64))
    assert toy.images(torch.rand(1, 3, 90, 130)).shape == (1, 32)
