# ruff: noqa: E501
"""Summaries made by hand for the tests of the report: rich, empty, small, hostile, unmeasured.

The numbers are invented; intervals are plain normal ones, since only their rendering is under test.
"""

import hashlib
import io
import math
from dataclasses import replace
from functools import cache

from PIL import Image, ImageDraw

from durometer.core import Estimate
from durometer.explain.findings import (
    Calibration,
    Change,
    Comparison,
    Confusion,
    Curve,
    Effect,
    Headline,
    ModelFigures,
    NotMeasured,
    Picture,
    PlaceMap,
    Rank,
    Slice,
    Summary,
)
from durometer.explain.interactions import Interaction
from durometer.explain.published import Published

MODELS = ("scenes-cnn", "scenes-vit")
CLASSES = ("cross", "disk", "ring", "square", "star", "triangle")
HOSTILE = '<script>alert("x")</script>\' & "quoted" | *bold* `tick`'
NAN = math.nan
NOTHING = Estimate(NAN, NAN, NAN, 0)
CLEAN = {"scenes-cnn": 0.962, "scenes-vit": 0.934}
# title, axis, severity, unit, role, control, drop of each model, drop of the control
TABLE = (
    ("background, random", "background", 1.0, "", "edit", "null edit", (0.314, 0.228), 0.016),
    ("size, 5 %", "size", 0.05, "share of pixels", "edit", "placebo edit", (0.182, 0.264), 0.022),
    ("background, textures", "background", 1.0, "", "edit", "null edit", (0.136, 0.092), 0.016),
    ("size, 10 %", "size", 0.1, "share of pixels", "edit", "placebo edit", (0.094, 0.142), 0.022),
    ("direction, 90°", "direction", 90.0, "degrees", "edit", "placebo edit", (0.088, 0.108), 0.022),
    ("position, anywhere", "position", 1.0, "", "edit", "placebo edit", (0.058, 0.034), 0.022),
    ("direction, 30°", "direction", 30.0, "degrees", "edit", "placebo edit", (0.038, 0.046), 0.022),
    ("blur, 2 px", "blur", 2.0, "px", "edit", "", (0.026, 0.03), None),
    ("size, 20 %", "size", 0.2, "share of pixels", "edit", "placebo edit", (0.024, 0.018), 0.022),
    ("placebo edit", "placebo", 1.0, "", "control", "", (0.022, 0.02), None),
    ("null edit", "null", 1.0, "", "control", "", (0.016, 0.014), None),
    ("only foreground", "only-foreground", 1.0, "", "edit", "null edit", (-0.012, 0.004), 0.016),
    ("only background", "only-background", 1.0, "", "diagnostic", "", (0.62, 0.71), None),
)


def estimate(value, n=500, spread=None, low=0.0, high=1.0):
    half = 1.96 * math.sqrt(max(0.02, abs(value) * (1 - abs(value))) / n) if spread is None else spread
    return Estimate(value, max(low, value - half), min(high, value + half), n)


def drop(value, n=500):
    return estimate(value, n, low=-1.0)


def key(title):
    return hashlib.sha256(title.encode()).hexdigest()


def image(seed, size=160):
    """A small picture of its own for each seed: two fields and a shape."""
    hue = (seed * 47) % 360
    picture = Image.new("RGB", (size, size), f"hsl({hue}, 35%, 62%)")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, size * 0.6, size, size), fill=f"hsl({(hue + 40) % 360}, 30%, 42%)")
    for i in range(0, size, max(2, size // 12)):
        pen.line((i, 0, size - i, size), fill=f"hsl({hue}, 30%, 70%)")
    box = (size * 0.28, size * 0.3, size * 0.72, size * 0.74)
    shapes = (
        pen.ellipse,
        pen.rectangle,
        lambda b, fill: pen.regular_polygon(((size / 2), size / 2, size / 4), 3, fill=fill),
    )
    shapes[seed % 3](box, fill=f"hsl({(hue + 180) % 360}, 60%, 48%)")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@cache
def images(size=160):
    made = [image(seed, size) for seed in range(24)]
    return {hashlib.sha256(data).hexdigest(): data for data in made}


def artifact(sha):
    return {**images(), **images(8)}[sha]


def effect(row, model, n=500):
    title, axis, severity, unit, role, control, drops, beside = row
    i = MODELS.index(model)
    d = drops[i]
    net = d - (beside if control else 0)
    verdict = "worse" if net > 0.03 else "undecided"
    p = 1e-9 if net > 0.08 else 0.012 if net > 0.03 else 0.44
    small = title == "size, 5 %"
    return Effect(
        model=model, condition=key(title), title=title, family="attributes", axis=axis, severity=severity,
        unit=unit, role=role, accuracy=estimate(CLEAN[model] - d, n), drop=drop(d, n),
        control=key(control) if control else "", control_title=control,
        control_drop=drop(beside, n) if control else None, net=drop(net, n), p=p / 4, p_adjusted=p,
        lost=max(0, round((net + 0.01) * n)), gained=5, verdict=verdict,
        not_edited={"the object would leave the canvas": 7} if small else {}, extremes=(d - 0.01, d + 0.01),
        nan_outputs=2 if small else 0, smallest=0.034,
        confidence_change=drop(-d / 2, n), achieved={"object_share": severity} if axis == "size" else {},
    )  # fmt: skip


def effects(models=MODELS, n=500):
    made = [effect(row, m, n) for row in TABLE for m in models]
    return tuple(sorted(made, key=lambda e: (e.role == "diagnostic", -e.net.low)))


def curve(model, axis, unit, severities, lost):
    clean = CLEAN[model]
    slower = 1.0 if model == "scenes-cnn" else 0.8
    points = tuple(
        (s, estimate(max(0.03, clean - slower * x))) for s, x in zip(severities, lost, strict=True)
    )
    return Curve(model, axis, unit, points, estimate(clean))


def curves(models=MODELS):
    table = (
        ("size", "share of pixels", (0.05, 0.1, 0.15, 0.2, 0.3), (0.182, 0.094, 0.05, 0.024, 0.01)),
        ("blur", "px", (1, 2, 4, 8), (0.008, 0.026, 0.31, 0.66)),
        ("contrast", "factor", (0.2, 0.4, 0.6, 0.8), (0.52, 0.2, 0.06, 0.01)),
        (
            "direction",
            "degrees",
            (30, 60, 90, 135, 180, 225, 270, 315),
            (0.04, 0.07, 0.09, 0.16, 0.22, 0.17, 0.1, 0.05),
        ),
        ("resolution", "pixels", (16, 32, 64, 128), (0.7, 0.36, 0.08, 0.01)),
    )
    return tuple(curve(m, *row) for row in table for m in models)


def places(models=MODELS):
    losses = ((0.3, 0.16, 0.28), (0.14, 0.02, 0.12), (0.26, 0.1, None))
    return tuple(
        PlaceMap(m, "position", tuple(tuple(None if x is None else estimate(CLEAN[m] - x, 120) for x in row) for row in losses))
        for m in models
    )  # fmt: skip


def slices():
    first = TABLE[0][0]
    rows = (
        ((("class", "ring"), ("lighting", "dim")), 0.21, 42, 0.0004),
        ((("class", "star"),), 0.39, 83, 0.003),
        ((("background", "grain"),), 0.52, 97, 0.021),
    )
    return tuple(
        Slice(MODELS[0], where, key(first), first, estimate(a, n), estimate(0.68, 500 - n), p, 126)
        for where, a, n, p in rows
    )


def confusions():
    rows = (
        ("ring", "disk", 31, 83),
        ("star", "cross", 22, 83),
        ("square", "triangle", 9, 84),
        ("disk", "ring", 6, 83),
    )
    first = TABLE[0][0]
    return tuple(Confusion(MODELS[0], key(first), first, *row) for row in rows)


def calibrations(models=MODELS):
    def bins(shift):
        return tuple(
            (c, max(0.0, c - shift), n)
            for c, n in ((0.35, 12), (0.55, 31), (0.75, 64), (0.88, 120), (0.97, 273))
        )

    made = []
    for m in models:
        for title, shift in (("canvas", 0.02), *((row[0], max(0.0, row[6][0])) for row in TABLE[:4])):
            ece = estimate(shift + 0.02, low=0.0)
            made.append(Calibration(m, key(title), title, ece, 0.046, estimate(shift / 2), bins(shift)))
    return tuple(made)


def pictures(models=MODELS, n=60, size=160):
    shas = list(images(size))
    kinds = ("right→wrong", "right→wrong", "still right", "wrong→right", "still wrong")
    made = []
    for i in range(n):
        row, truth = TABLE[i % 6], CLASSES[(i // 3 + 2) % 6]
        other = CLASSES[(i // 3 + 3) % 6]
        kind = kinds[(i // 6) % 5]
        before = truth if kind in ("right→wrong", "still right") else other
        after = truth if kind in ("wrong→right", "still right") else other
        made.append(Picture(
            sample=f"uniform/{truth}/{i:04d}.png", model=models[i % len(models)], condition=key(row[0]), title=row[0],
            truth=truth, before=before, before_confidence=0.99 - i / 200, after=after, after_confidence=0.5 + i / 130,
            kind=kind, original=shas[i % 24], edited=shas[(i + 7) % 24],
            achieved={"object_share": row[2] if row[1] == "size" else 0.21}, draw=i % 2,
        ))  # fmt: skip
    return tuple(made)


def figures(model):
    clean = CLEAN[model]
    return ModelFigures(
        name=model, digest=key(model), own_view=estimate(clean + 0.008), canvas=estimate(clean), top5=estimate(0.998),
        changed_by_canvas=4, changed_of=500, nan_outputs=2, cut_share=0.013,
        guesses=("its output is taken for logits",),
    )  # fmt: skip


METHOD = {
    "command": "durometer run --model scenes-cnn --model scenes-vit --data scenes:uniform --suite imagenet-e@1",
    "plan": 'schema = 1\nseed = 7\n\n[[models]]\nname = "scenes-cnn"\n\n[data]\nname = "scenes:uniform"\n',
    "started": "2026-11-20 14:02",
    "seconds": 94.2,
    "seed": 7,
    "data": {"name": "scenes:uniform", "n": 500, "fingerprint": key("data")[:16], "masks": 500},
    "versions": {"durometer": "0.1.0", "torch": "2.13.0", "numpy": "2.1.0", "python": "3.11"},
    "digests": {"rows": key("rows"), "outputs": key("outputs")},
    "formulas": {
        "accuracy": "Clopper and Pearson (1934)",
        "drop": "Tango (1998)",
        "p": "exact McNemar, Holm",
    },
}
GAPS = (
    NotMeasured(
        "size, 5 %", 14, 13000, "the object would leave the canvas", "Use a larger canvas: --canvas 320"
    ),
    NotMeasured(
        "texture, random", 1000, 13000, "there is no folder of textures", "Name one with --textures FOLDER"
    ),
)


def rich():
    """Two models, thirteen conditions, everything there is."""
    found = effects()
    top = found[0]
    return Summary(
        title="scenes-cnn, scenes-vit · 500 images, 500 masks · suite imagenet-e",
        headline=Headline(
            "The background breaks it most.",
            (
                "Replacing the background costs scenes-cnn 31.4 points of top-1 accuracy (95 % interval 27.3 to 35.5, n = 500).",
                "Cutting and pasting alone costs 1.6 (0.4 to 2.8), so 29.8 (25.8 to 33.8) belong to the background itself.",
                "Next is size, 5 % (16 points, 13 to 19); 6 edits in all can be told from chance.",
                "What breaks the other models most: scenes-vit: size, 5 % (24 points, 20 to 28).",
                "Without the object, with only its background left, scenes-cnn still answers 33 % (29 to 37, n = 500) "
                "as before.",
            ),
            top,
        ),
        models=tuple(figures(m) for m in MODELS), effects=found,
        mean_drop={"scenes-cnn": drop(0.112), "scenes-vit": drop(0.104)},
        curves=curves(), places=places(), slices=slices(), slices_looked_at=126, confusions=confusions(),
        calibrations=calibrations(),
        ranks=(Rank("scenes-cnn", drop(0.112), 1, 2), Rank("scenes-vit", drop(0.104), 1, 2)),
        pictures=pictures(), not_measured=GAPS, cells_measured=11986, cells_asked=13000,
        guesses=("the class names are taken from the folder names",), method=METHOD,
    )  # fmt: skip


def deep():
    """The same with what analyses beyond the headline found."""
    return replace(rich(), more=further())


def further():
    """Findings of analyses beyond the headline, by their names."""
    together = tuple(
        Interaction(
            model, ("size, 5 %", "background, random"), "k1", (drop(0.18), drop(0.31)), drop(0.81), drop(i), drop(i),
            0.001, 0.002, verdict, 3,
        )
        for model, i, verdict in (("scenes-cnn", 0.32, "worse"), ("scenes-vit", 0.01, "undecided"))
    )  # fmt: skip
    measures = tuple(
        Published(model, *named, estimate(value, low=-1), unit, better, named[0] == "center bias", "xiao2021")
        for model in MODELS
        for named, value, unit, better in (
            (("BG-Gap", ""), 0.14, "points", "lower"), (("center bias", ""), 0.05, "ratio", "lower"),
            (("challenge accuracy", "worst background"), 0.2, "share", "higher"),
            (("error ratio", "lighting = dim"), 0.9, "ratio", "lower"),
        )
        if (model, named[0]) != ("scenes-vit", "center bias")
    )  # fmt: skip
    return {"interactions": together, "published": measures}


def only(summary, model):
    """The same with one model."""
    keep = lambda held: tuple(x for x in held if x.model == model)  # noqa: E731
    return replace(
        summary, title=f"{model} · 500 images, 500 masks · suite imagenet-e",
        models=tuple(m for m in summary.models if m.name == model), effects=keep(summary.effects),
        mean_drop={model: summary.mean_drop[model]}, curves=keep(summary.curves), places=keep(summary.places),
        slices=keep(summary.slices), confusions=keep(summary.confusions), calibrations=keep(summary.calibrations),
        ranks=(), pictures=keep(summary.pictures), more={k: keep(v) for k, v in summary.more.items()},
    )  # fmt: skip


def one():
    """One model."""
    return only(rich(), "scenes-cnn")


def small():
    """One model, one effect, tiny images."""
    base = one()
    return replace(
        base, title="digits-cnn · 360 images", effects=base.effects[:1], curves=(), places=(), slices=(),
        slices_looked_at=0, confusions=(), calibrations=(), pictures=pictures(MODELS[:1], 6, 8), not_measured=(),
        cells_measured=360, cells_asked=360, guesses=(), method={},
    )  # fmt: skip


def quiet():
    """Nothing can be told from zero."""
    base = one()
    calm = tuple(
        replace(e, verdict="undecided", p_adjusted=1.0, p=0.4, drop=drop(0.01, 55), net=drop(0.004, 55))
        for e in base.effects
        if e.role != "diagnostic"
    )
    claim = "Nothing breaks it that 55 images could show."
    said = ("The smallest drop that they would have shown is 12.4 points.",)
    return replace(base, headline=Headline(claim, said, None), effects=calm, slices=(), confusions=())


def unmeasured():
    """Everything was asked for and nothing was measured."""
    base = one()
    gone = replace(
        base.effects[0], accuracy=NOTHING, drop=NOTHING, control_drop=NOTHING, net=NOTHING, p=NAN, p_adjusted=NAN,
        lost=0, gained=0, verdict="undecided", not_edited={"there are no masks": 500}, extremes=(NAN, NAN),
        smallest=NAN, confidence_change=NOTHING, achieved={"object_share": NAN},
    )  # fmt: skip
    model = replace(base.models[0], own_view=None, canvas=NOTHING, top5=None, cut_share=None, guesses=())
    cell = Calibration(model.name, key("canvas"), "canvas", NOTHING, NAN, NOTHING, ())
    return replace(
        base, headline=Headline("Nothing was measured.", (), None), models=(model,), effects=(gone,),
        mean_drop={model.name: NOTHING}, curves=(Curve(model.name, "size", "", ((0.1, NOTHING),), NOTHING),),
        places=(PlaceMap(model.name, "position", ((None, None), (None, NOTHING))),), slices=(), slices_looked_at=0,
        confusions=(), calibrations=(cell,), pictures=(), cells_measured=0,
    )  # fmt: skip


def empty():
    """A record with nothing in it."""
    return Summary(
        title="no run", headline=Headline("Nothing was measured.", (), None), models=(), effects=(), mean_drop={},
        curves=(), places=(), slices=(), slices_looked_at=0, confusions=(), calibrations=(), ranks=(), pictures=(),
        not_measured=(), cells_measured=0, cells_asked=0, guesses=(), method={},
    )  # fmt: skip


def hostile(summary=None):
    """The same with names that try to be markup, in every place that holds a name."""
    return _spoil(summary or rich(), 0)


SPARED = {"role", "verdict", "kind", "original", "edited", "control", "condition"}


def _spoil(thing, depth, name=""):
    from dataclasses import fields, is_dataclass

    if isinstance(thing, str):
        return thing if name in SPARED else f"{thing} {HOSTILE}"
    if isinstance(thing, Estimate):
        return thing
    if is_dataclass(thing):
        changed = {f.name: _spoil(getattr(thing, f.name), depth + 1, f.name) for f in fields(thing)}
        return replace(thing, **changed)
    if name == "more":  # its keys are names of analyses, not of things
        return {k: _spoil(v, depth) for k, v in thing.items()}
    if isinstance(thing, dict):
        return {_spoil(k, depth): _spoil(v, depth) for k, v in thing.items()}
    if isinstance(thing, tuple):
        return tuple(_spoil(x, depth, name) for x in thing)
    return thing


def comparison():
    """Two records against a baseline."""

    def change(row, model, gain, p, verdict):
        d = row[6][MODELS.index(model)]
        base = CLEAN[model] - d
        return Change(
            model, key(row[0]), row[0], estimate(base), estimate(min(1.0, base + gain)), drop(gain), drop(-gain * 0.8),
            12, 12 + round(500 * gain) if gain > 0 else 4, p / 3, p, verdict,
        )  # fmt: skip

    def changes(scale):
        return (
            change(TABLE[0], MODELS[0], 0.186 * scale, 1e-7, "better"),
            change(TABLE[2], MODELS[0], 0.074 * scale, 0.004, "better"),
            change(TABLE[1], MODELS[0], -0.062, 0.018, "worse"),
            *(change(row, MODELS[0], 0.004, 1.0, "undecided") for row in TABLE[3:8]),
        )

    return Comparison(
        baseline="scenes-cnn", others=("scenes-cnn, recombined", "scenes-cnn, adversarial"),
        headline="The background costs 18.6 points less; size, 5 % costs 6.2 points more.",
        changes={"scenes-cnn, recombined": changes(1.0), "scenes-cnn, adversarial": changes(0.7)},
        samples=500, left_out=(NotMeasured("blur, 4 px", 1, 9, "the other record does not hold it"),),
        method={"versions": {"durometer": "0.1.0"}},
    )  # fmt: skip
