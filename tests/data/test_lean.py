"""Little memory for many samples."""

import gc
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durometer.data import open_data
from durometer.data.lean import Coded, Names

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(TEXT))
def test_names_are_a_list(texts):
    names = Names(texts)
    assert list(names) == texts
    assert len(names) == len(texts)
    assert [names[i] for i in range(len(texts))] == texts
    assert names[1:] == texts[1:]
    assert [names[i] for i in range(-len(texts), 0)] == texts


def test_names_end():
    with pytest.raises(IndexError):
        Names(["a"])[1]
    with pytest.raises(IndexError):
        Names()[-1]


@given(st.lists(st.sampled_from("abc")))
def test_columns_are_lists(values):
    column = Coded(values).frozen()
    assert [column[i] for i in range(len(column))] == values
    assert len(column.table) == len(set(values))


def held(make):
    """Return (bytes held, peak) of what a call makes."""
    gc.collect()
    tracemalloc.start()
    thing = make()
    gc.collect()
    now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return now, peak, thing


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Two folders of 500 and 5,500 files (empty: nothing is decoded here), each with masks and a table."""
    root = tmp_path_factory.mktemp("many")
    for n in (500, 5500):
        lines = ["file,label,site,score"]
        for i in range(n):
            name = f"class_{i % 10}/image_number_{i:06d}"
            for path in (root / f"{n}/{name}.png", root / f"{n}m/{name}.png"):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
            lines.append(f"{name}.png,class_{i % 10},{'abc'[i % 3]},{i / 7}")
        (root / f"{n}.csv").write_text("\n".join(lines))
    return root


@pytest.mark.parametrize("kind", ["folders", "table"])
def test_bytes_held_a_sample(many, kind):
    def opened(n):
        options = {"table": many / f"{n}.csv"} if kind == "table" else {}
        return open_data(many / str(n), masks=many / f"{n}m", **options)

    opened(500)  # imports and caches
    (small, low_peak, _), (large, high_peak, data) = held(lambda: opened(500)), held(lambda: opened(5500))
    assert len(data) == 5500
    assert data.mask_count == 5500
    assert (large - small) / 5000 <= 200
    assert (high_peak - low_peak) / 5000 <= 600
