"""Captions with attribute words as a run: every figure again by hand, and planted encoders."""

import json
import math

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score

from durometer import summarize
from durometer.core import DataError, ModelCard, RecordError, Sample, UsageError
from durometer.data import InMemory
from durometer.data.scenes import Scenes
from durometer.explain import compare
from durometer.measures.f1 import MacroF1
from durometer.measures.retrieval import MRR, MRRDrop
from durometer.models import pairs
from durometer.report import write
from durometer.run.captioned import names
from durometer.run.captions import NEUTRAL, Asking, run_captions
from durometer.stress.text import AttributeInsertion

COLORS = ("red", "green", "blue")
NOUNS = ("cat", "dog", "fox")


def plain(sample):
    """A scene's caption without its color: `a star on stripes`."""
    return " ".join(["a", *sample.facts["caption"].split()[2:]])


@pytest.fixture(scope="module")
def toy():
    return pairs.load("scenes/pair")


@pytest.fixture(scope="module")
def scenes():
    return Scenes(split="uniform", n=120, seed=1)


EDITS = (AttributeInsertion(), AttributeInsertion(among="false"), AttributeInsertion(kind="size"))


@pytest.fixture(scope="module")
def record(toy, scenes, tmp_path_factory):
    out = tmp_path_factory.mktemp("captions") / "record"
    return run_captions(toy, scenes, out, insertions=EDITS, asking=Asking(text=plain))


def rows_of(record, title):
    (key,) = (k for k, c in record.manifest["conditions"].items() if c["title"] == title)
    return record.rows(where={"condition": key})


def test_differential_every_reciprocal_rank_again_by_hand(record, toy, scenes):
    """The texts are in the record; pictures are encoded here, ranks counted in numpy."""
    gallery = toy.images(torch.stack([scenes[i].x for i in range(len(scenes))]) / 255.0).double().numpy()
    for title in ("caption as it is", "color word", "color word, untrue", "neutral word", "size word"):
        rows = rows_of(record, title)
        for i, position in enumerate(rows["position"].tolist()):
            if rows["status"][i] == "not-edited" or position % 4:
                continue
            text = json.loads(rows["facts"][i])["text"]
            cosine = (gallery @ toy.texts([text])[0].double().numpy()).round(6)
            assert rows["score"][i] == pytest.approx(1 / (1 + (cosine > cosine[position]).sum()))
            assert rows["answer"][i] == cosine.argmax()
            weights = np.exp(toy.scale * (cosine - cosine.max()))
            assert rows["confidence"][i] == pytest.approx(1 / weights.sum(), rel=1e-4)


def test_oracle_what_was_inserted(record, scenes):
    colors = rows_of(record, "color word")
    for i, position in enumerate(colors["position"].tolist()):
        facts, noun = json.loads(colors["facts"][i]), plain(scenes[position]).split()[1]
        assert facts["noun"] == noun
        assert facts["word"] in facts["text"].split()
        assert facts["true"]
    sizes = rows_of(record, "size word")
    for i, position in enumerate(sizes["position"].tolist()):
        share = scenes[position].facts["size"]
        assert (sizes["status"][i] == "not-edited") == (0.1 < share < 0.22)
        if sizes["status"][i] == "not-edited":
            assert sizes["reason"][i] == "no size of the object is known"


def test_the_toy_pair_reads_colors(record):
    """A true color must help it, an untrue one hurt, a word that says nothing do neither."""
    reference = rows_of(record, "caption as it is")

    def drop(title):
        other = rows_of(record, title)
        joined = {k: np.concatenate([reference[k], other[k]]) for k in reference}
        return MRRDrop(before=reference["condition"][0], relative=False)(joined)

    assert drop("color word").high < 0 < drop("color word, untrue").low
    assert abs(drop("neutral word").value) < 0.03


def test_a_summary_speaks_of_mrr(record):
    summary = summarize(record)
    text = " ".join(summary.headline.sentences)
    assert "Scores are graded (reciprocal rank of the caption's own picture)" in text
    assert "accuracy means their mean, MRR" in text
    assert "With “color word, untrue” MRR is" in text
    by_title = {e.title: e for e in summary.effects}
    assert by_title["color word"].control_title == NEUTRAL.title
    assert by_title["color word, untrue"].role == "diagnostic"
    size = by_title["size word"]
    assert size.not_edited == {"no size of the object is known": size_unknown(record)}
    (figures,) = summary.models
    assert figures.canvas.value == pytest.approx(MRR()(rows_of(record, "caption as it is")).value)
    outputs = record.table("outputs")
    first_five = [
        p in top for p, top, c in zip(outputs["position"], outputs["top"], outputs["condition"], strict=True)
        if c == rows_of(record, "caption as it is")["condition"][0]
    ]  # fmt: skip
    assert figures.top5.value == pytest.approx(np.mean(first_five))  # recall at 5
    assert summary.confusions == ()
    measured = {(m.measure, m.about): m.value for m in summary.more["published"]}
    assert measured["MRR", "caption as it is"] == MRR()(rows_of(record, "caption as it is"))
    both = [rows_of(record, title) for title in ("caption as it is", "color word")]
    joined = {k: np.concatenate([rows[k] for rows in both]) for k in both[0]}
    drop = MRRDrop(before=both[0]["condition"][0])(joined)
    assert measured["MRR drop", "color word"].value == pytest.approx(drop.value)


def size_unknown(record):
    return int((rows_of(record, "size word")["status"] == "not-edited").sum())


def test_groups_are_worse_when_their_pictures_are_not_first(record):
    """Slices count what is not retrieved first: a reciprocal rank of 1/2 is no hit."""
    rows = rows_of(record, "caption as it is")
    summary = summarize(record)
    for one in summary.slices:
        assert one.accuracy.value <= (rows["score"] == 1).mean() + 0.2
    calibration = next(c for c in summary.calibrations if c.title == "caption as it is")
    right = sum(share * n for _, share, n in calibration.bins) / sum(n for *_, n in calibration.bins)
    assert right == pytest.approx((rows["score"] == 1).mean())


def test_a_report_can_be_written_and_two_records_compared(record, toy, scenes, tmp_path):
    paths = write(summarize(record), tmp_path / "report", artifact=record.artifact)
    for path in paths.values():
        assert "MRR" in path.read_text()
    other = run_captions(toy, scenes, tmp_path / "other", asking=Asking(text=plain), language=None)
    found = compare([record, other])
    (changes,) = found.changes.values()
    canvas = next(c for c in changes if c.title == "caption as it is")
    assert canvas.difference.value == 0


def test_invariance_the_same_call_gives_the_same_record(record, toy, scenes, tmp_path):
    same = pairs.load("scenes/pair")
    options = {"insertions": EDITS, "asking": Asking(text=plain)}
    again = run_captions(same, scenes, tmp_path / "again", **options)
    for name in ("sample", "condition", "answer", "score", "pixels", "facts", "status"):
        assert (again.rows()[name] == record.rows()[name]).all(), name
    before = (tmp_path / "again" / "manifest.json").stat().st_mtime_ns
    assert run_captions(same, scenes, tmp_path / "again", **options).complete
    assert (tmp_path / "again" / "manifest.json").stat().st_mtime_ns == before  # not made again
    record.verify()
    # another batch size may round a sum otherwise and turn a near tie, of words or of pictures
    smaller = run_captions(
        pairs.load("scenes/pair", batch_size=7), scenes, tmp_path / "smaller", **options
    ).rows()
    for name, least in (("sample", 1), ("condition", 1), ("status", 1), ("pixels", 0.97), ("answer", 0.97)):
        assert (smaller[name] == record.rows()[name]).mean() >= least, name


# Planted encoders: three nouns times three colors, one picture each; the picture's first pixel is its number


class Planted:
    """Sees the noun and the color exactly; what it reads of a color word is `ear` times as loud."""

    def __init__(self, ear):
        self.ear = ear

    def image_features(self, x):
        number = (x[:, 0, 0, 0] * 255).round().long()
        return torch.cat([torch.eye(3)[number // 3], torch.eye(3)[number % 3]], dim=1)

    def text_features(self, texts):
        rows = []
        for text in texts:
            words = text.replace(".", "").split()
            noun = [float(n in words) for n in NOUNS]
            rows.append(noun + [self.ear * float(c in words) for c in COLORS])
        return torch.tensor(rows) + 1e-3


def zoo(n=9, captions=None):
    samples = []
    for i in range(n):
        x = torch.full((3, 8, 8), i, dtype=torch.uint8)
        text = f"a {NOUNS[i // 3]}" if captions is None else captions[i]
        facts = {"caption": text, "color": COLORS[i % 3]} if text is not None else {}
        samples.append(Sample(f"{i}", x, frozenset({i // 3}), {}, facts))
    return samples


def data_of(samples):
    class Listed(InMemory):
        def __init__(self):
            self.name, self.labels = "zoo", NOUNS

        def __len__(self):
            return len(samples)

        def __getitem__(self, i):
            return samples[i]

        def ids(self):
            return [s.id for s in samples]

        def content(self, i):
            return str(i)

    return Listed()


def planted(ear, name="planted"):
    return pairs.Pair(Planted(ear), ModelCard(name, f"ear {ear}"), scale=10.0, batch_size=4)


def test_theorem_a_color_decides_among_three_pictures_of_a_noun(tmp_path):
    """Without the color, three pictures tie: best rank 1, middle rank 2. With the true one: rank 1 alone.

    With an untrue one another picture of the noun is ahead, and its own ties with the third and with that
    color's two other nouns: best rank 2, middle rank 3.5. A pair that hears no colors loses nothing. The
    score takes a word that this pair hears, as that makes the caption least like the picture.
    """
    edits = (AttributeInsertion(unlike=0), AttributeInsertion(among="false"))
    for ties, expected in (("best", (1, 1, 1 / 2)), ("middle", (1 / 2, 1, 1 / 3.5))):
        record = run_captions(
            [planted(1.0), planted(0.0, "deaf")], data_of(zoo()), tmp_path / ties, insertions=edits,
            ties=ties, asking=Asking(known=lambda s: {"color": (s.facts["color"],)}),
        )  # fmt: skip
        for title, score in zip(
            ("caption as it is", "color word", "color word, untrue"), expected, strict=True
        ):
            rows = rows_of(record, title)
            hears = rows["score"][rows["model"] == "planted"]
            assert hears == pytest.approx(score)
            assert rows["score"][rows["model"] == "deaf"] == pytest.approx(expected[0])


def test_oracle_matching_by_hand(tmp_path):
    """Own picture and another: with the threshold at 0.5, a caption matches all pictures of its noun."""
    record = run_captions(planted(1.0), data_of(zoo()), tmp_path / "m", task="matching", threshold=0.5,
                          insertions=(AttributeInsertion(),))  # fmt: skip
    rows = rows_of(record, "caption as it is")
    assert rows["draw"].tolist() == [0, 1] * 9
    assert rows["target"].tolist() == ["1", "0"] * 9
    # (1 + 2e-3) / (√2 · about 1) = 0.707 for pictures of the noun, about 0 for others
    assert rows["answer"].tolist() == [1, 0] * 9
    assert MacroF1()(rows).value == 1.0
    assert np.isnan(rows["confidence"]).all()
    assert record.manifest["models"]["planted"]["threshold"] == 0.5
    summary = summarize(record)
    assert summary.models[0].canvas.value == 1.0
    measured = {(m.measure, m.about): m.value for m in summary.more["published"]}
    assert measured["macro-F1", "caption as it is"] == MacroF1()(rows)
    # the color makes another noun's picture of that color a match: (1 / √2)² = 0.5 reaches the threshold
    worded = rows_of(record, "color word")
    wrong = (worded["answer"] == 1) & (worded["target"] == "0")
    assert 0 < wrong.sum() < 9
    lost = 1 - f1_score(worded["target"].astype(int), worded["answer"], average="macro")
    assert measured["macro-F1 drop", "color word"].value == pytest.approx(lost)


def test_the_threshold_is_fitted_on_captions_that_are_left_out(toy, scenes, tmp_path):
    record = run_captions(
        toy, scenes, tmp_path / "m", task="matching", asking=Asking(text=plain), insertions=EDITS
    )
    kept = set(rows_of(record, "caption as it is")["position"].tolist())
    assert len(kept) == record.manifest["data"]["n"] == 60
    assert MacroF1()(rows_of(record, "caption as it is")).low > 0.7


def test_what_can_not_be_used_is_counted_and_the_run_goes_on(tmp_path):
    captions = ["a cat", None, "two cats", "a mat", "a red dog", "  ", "a fox.", "A fox", "a fox"]
    record = run_captions(
        planted(1.0), data_of(zoo(captions=captions)), tmp_path / "r", insertions=(AttributeInsertion(),)
    )
    assert record.table("unread")["sample"].tolist() == ["1", "5"]
    assert record.table("unread")["reason"][0] == "1: has no caption."
    rows = rows_of(record, "color word")
    reasons = dict(zip(rows["sample"].tolist(), rows["reason"].tolist(), strict=True))
    assert reasons == {
        "0": "", "2": "", "3": "the caption does not name the object (dog)",
        "4": "the caption names its color already (red)", "6": "", "7": "", "8": "",
    }  # fmt: skip
    texts = [json.loads(f).get("text") for f in rows["facts"]]
    assert texts == ["a red cat", "two blue cats", None, None, "a red fox.", "A green fox", "a blue fox"]


def test_a_picture_without_a_direction_is_counted_as_such(tmp_path):
    pair = planted(1.0)
    whole = pair.encoders.image_features
    pair.encoders.image_features = lambda x: whole(x) * torch.where(x[:, :1, 0, 0] == 0, math.nan, 1.0)
    rows = run_captions(pair, data_of(zoo()), tmp_path / "r", insertions=(AttributeInsertion(),)).rows()
    assert (rows["score"][rows["position"] == 0] == 0).all()
    assert (rows["score"][rows["position"] == 4] > 0).all()
    assert (rows["answer"] != 0).all()


def test_oracle_nouns_are_the_names_of_the_label():
    sample = Sample("x", torch.zeros(3, 8, 8), frozenset({1}))
    assert names(sample, ("cock", "African_grey, parrot ,")) == ("African grey", "parrot")


def test_errors(tmp_path):
    data = data_of(zoo())
    with pytest.raises(UsageError, match="0 pairs with 0 names"):
        run_captions([], data, tmp_path / "a")
    with pytest.raises(UsageError, match="2 pairs with 1 names"):
        run_captions([planted(1.0), planted(0.0)], data, tmp_path / "a")
    with pytest.raises(UsageError, match="given twice"):
        run_captions(planted(1.0), data, tmp_path / "a", insertions=(NEUTRAL,))
    with pytest.raises(DataError, match="not one sample has a caption"):
        run_captions(planted(1.0), data_of(zoo(captions=[None] * 9)), tmp_path / "a")
    with pytest.raises(UsageError, match="one caption is too few"):
        run_captions(planted(1.0), data_of(zoo(1)), tmp_path / "a")
    run_captions(planted(1.0), data, tmp_path / "a")
    with pytest.raises(RecordError, match="another plan"):
        run_captions(planted(0.0), data, tmp_path / "a")
