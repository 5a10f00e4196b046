"""Every source that a registered thing names is in the one list, and says who, when, what and where."""

import unicodedata

import pytest

from durometer.attack import ATTACKS
from durometer.core.references import cite, references
from durometer.measures import MEASURES
from durometer.stress import STRESSORS

REGISTRIES = (STRESSORS, ATTACKS, MEASURES)
THINGS = [(r.kind, name, thing) for r in REGISTRIES for name, thing in r.working()]


@pytest.mark.parametrize(("kind", "name", "thing"), THINGS, ids=[f"{k}-{n}" for k, n, _ in THINGS])
def test_contract_named_sources_are_listed(kind, name, thing):
    assert not thing.source or thing.source in references()


def test_oracle_a_reference_reads_as_people_cite_it():
    assert references()["tango1998"].startswith("Tango, T. (1998). Equivalence test and confidence interval")


def plain(text):
    """Letters without their accents: Cinà is cina."""
    return unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()


def _plain(text):
    """Without accents and capitals."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def test_contract_keys_are_author_and_year():
    for key, text in references().items():
        assert key[-4:].isdigit()
        assert f"({key[-4:]})" in text
        assert plain(text).startswith(plain(key[:-4]))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("xiao2021", "Xiao et al. (2021)"),
        ("clopper1934", "Clopper and Pearson (1934)"),
        ("tango1998", "Tango (1998)"),
        ("idrissi2023", "Idrissi et al. (2023)"),
        ("", ""),
        ("nobody1900", ""),
    ],
)
def test_a_source_is_cited_as_texts_do(key, text):
    assert cite(key) == text
