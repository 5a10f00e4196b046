"""Templates: found as package data, escaping always on, formats and charts at hand."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from durometer.report import say, svg
from durometer.report.gaps import grouped
from durometer.report.terms import TERMS, term

FILTERS = (
    "count", "in_percent", "in_points", "measured", "moment", "number", "p_phrase", "p_value", "people",
    "percent", "points", "share", "spread", "tight", "value",
)  # fmt: skip
"""Functions of `say` that templates use by their own names."""


def asset(name: str) -> str:
    """Return the text of a file beside the templates: `style.css`, `script.js`."""
    return files("durometer.report.html").joinpath(name).read_text(encoding="utf-8").replace("\r\n", "\n")


@cache
def environment() -> Environment:
    """Return the one environment: autoescape on, a name that was not given is an error."""
    made = Environment(
        loader=FunctionLoader(lambda name: asset(f"templates/{name}.html.j2")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update({name: getattr(say, name) for name in FILTERS})
    made.tests["measured"] = say.measured
    made.globals.update(grouped=grouped, svg=svg, term=term, TERMS=TERMS)
    return made


def render(template: str, **values: object) -> Markup:
    """Return a template filled in: `render("drops", summary=…)` reads `templates/drops.html.j2`."""
    return Markup(environment().get_template(template).render(**values))
