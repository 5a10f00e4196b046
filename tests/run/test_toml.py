import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durometer.core import PlanError
from durometer.run.toml import dumps, line_of, read

PLAN = """schema = 1
seed = 3
suite = "attributes"

[data]
source = "photos"
masks = "masks"

[[models]]
source = "a.onnx"

[[models]]
source = "b.onnx"
name = "second"

[[conditions]]
stress = "size"
share = [0.1, 0.05]

[[conditions]]
stress = "position"
draws = 3
"""


def test_oracle_a_plan_is_read():
    plan, suites = read(PLAN, where="plan.toml")
    assert suites == ("attributes",)
    assert (plan.seed, plan.data.source, plan.data.masks) == (3, "photos", "masks")
    assert [(m.source, m.name) for m in plan.models] == [("a.onnx", None), ("b.onnx", "second")]
    size, position = plan.conditions
    assert (size.name, size.params, size.draws) == ("size", {"share": [0.1, 0.05]}, 1)
    assert (position.name, position.params, position.draws) == ("position", {}, 3)
    assert position.where == "plan.toml, line 20"


@pytest.mark.parametrize(
    ("path", "line"),
    [(("seed",), 2), (("data",), 5), (("data", "masks"), 7), (("models", 0), 9), (("models", 1), 12),
     (("models", 1, "name"), 14), (("conditions", 0, "share"), 18), (("conditions", 1), 20)],
)  # fmt: skip
def test_oracle_lines(path, line):
    assert line_of(PLAN, path) == line


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("seed = 3", "sead = 3"), r"plan.toml, line 2: unknown key 'sead'. Did you mean 'seed'\?"),
        (("masks =", "mask ="), r"plan.toml, line 7: unknown key 'mask'. Did you mean 'masks'\?"),
        (("name =", "nam ="), r"plan.toml, line 14: unknown key 'nam'. Did you mean 'name'\?"),
        (("schema = 1", "schema = 2"), "schema = 2 is not 1"),
        (("seed = 3", "seed = 'x'"), "seed = 'x' is not a whole number"),
        (("seed = 3", "seed = "), "not valid TOML"),
        (("draws = 3", "draws = 0"), "line 20: draws = 0 is outside 1 to 1000"),
        (('stress = "size"', 'kind = "size"'), "line 16: a condition names exactly one of stress, attack"),
    ],
)
def test_errors_name_line_and_nearest_key(change, message):
    with pytest.raises(PlanError, match=message):
        read(PLAN.replace(*change), where="plan.toml")


JSON = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(
        st.characters(blacklist_categories=["Cs"])
    ),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
FLAT = st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), JSON, max_size=4)


@given(
    FLAT,
    st.dictionaries(st.from_regex(r"t[0-9]", fullmatch=True), FLAT, max_size=2),
    st.lists(FLAT, min_size=1),
)
def test_properties_what_is_written_reads_the_same(flat, tables, array):
    table = {**flat, **tables, "things": array}
    assert tomllib.loads(dumps(table)) == table
