"""Which pictures go in: a fair share of each cell, within the bytes, counted."""

import io
import random
from collections import Counter
from dataclasses import replace

import pytest

from durometer.core import RecordError
from durometer.report.html.page import report
from durometer.report.pictures import choose, thumb


@pytest.fixture(scope="module")
def noise():
    """JPEGs of the size that a record keeps: 160 pixels of noise is the worst case, about 15 kB."""
    from PIL import Image

    dice, made = random.Random(0), {}
    for i in range(40):
        image = Image.frombytes("RGB", (160, 160), dice.randbytes(160 * 160 * 3))
        out = io.BytesIO()
        image.save(out, "JPEG", quality=75)
        made[f"{i:02d}"] = out.getvalue()
    return made


def many(fake, n):
    base = fake.rich()
    picture = base.pictures[0]
    rows = [
        replace(
            picture, sample=f"s{i}", model=fake.MODELS[i % 2], condition=base.effects[i % 7].condition,
            kind="right→wrong" if i % 100 else "wrong→right", original=f"{i % 40:02d}",
            edited=f"{(i + 9) % 40:02d}",
        )
        for i in range(n)
    ]  # fmt: skip
    return replace(base, pictures=tuple(rows))


def test_a_report_of_a_hundred_thousand_rows_stays_within_five_megabytes(fake, noise):
    html = report(many(fake, 5000), noise.__getitem__)
    assert 2_500_000 < len(html.encode()) <= 5_000_000
    assert "of 5,000 saved pairs are in this file" in html


def test_budget_is_kept_and_cells_share_it(fake, noise):
    summary = many(fake, 3000)
    gallery = choose(summary, noise.__getitem__, budget=1_000_000)
    written = sum(len(p.original.uri) + len(p.edited.uri) for p in (*gallery.pairs, *gallery.leads))
    assert written <= 1_000_000
    cells = Counter((p.picture.kind, p.picture.condition, p.picture.model) for p in gallery.pairs)
    assert len(cells) >= 14
    assert max(cells.values()) - min(cells.values()) <= 1


def test_everything_is_shown_where_there_is_room(fake):
    gallery = choose(fake.rich(), fake.artifact)
    assert [p.picture for p in gallery.pairs] == list(fake.rich().pictures)
    assert (gallery.saved, gallery.unreadable) == (60, 0)
    assert [p.number for p in gallery.pairs] == list(range(1, 61))


def test_leads_show_what_the_headline_speaks_of(fake):
    summary = fake.rich()
    leads = choose(summary, fake.artifact).leads
    assert len(leads) == 3
    assert len({p.picture.sample for p in leads}) == 3
    assert all(p.picture.condition == summary.headline.effect.condition for p in leads)
    assert all(p.picture.kind == "right→wrong" for p in leads)
    sure = [p.picture.after_confidence for p in leads]
    assert sure == sorted(sure, reverse=True)


@pytest.mark.parametrize("fault", [KeyError("gone"), RecordError("gone"), FileNotFoundError("gone")])
def test_a_missing_image_is_counted_and_loses_nothing_else(fake, fault):
    lost = fake.rich().pictures[0].edited

    def artifact(name):
        if name == lost:
            raise fault
        return fake.artifact(name)

    gallery = choose(fake.rich(), artifact)
    without = sum(lost in (p.original, p.edited) for p in fake.rich().pictures)
    assert gallery.unreadable == without > 0
    assert len(gallery.pairs) == 60 - without
    assert f"{without} could not be read from the record" in report(fake.rich(), artifact)


def test_only_images_go_in():
    assert thumb(b"<svg onload=alert(1)>") is None
    assert thumb(b"\x89PNG not really") is None
