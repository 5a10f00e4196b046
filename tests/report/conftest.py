"""The hand-made summaries, and what the tests of the page look at."""

import importlib.util
from html.parser import HTMLParser
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def fake():
    spec = importlib.util.spec_from_file_location("report_fake", Path(__file__).with_name("fake.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Outline(HTMLParser):
    """Tags, attributes and visible text of a page, as a parser of HTML sees them."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.texts, self._raw = [], [], [], 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        self._raw += tag in ("style", "script")

    def handle_endtag(self, tag):
        self.tags.append("/" + tag)
        self._raw -= tag in ("style", "script")

    def handle_data(self, data):
        if not self._raw:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).replace("\u00a0", " ").split())

    def having(self, name):
        return [attrs[name] for _, attrs in self.attributes if name in attrs]


@pytest.fixture(scope="session")
def outline():
    return Outline


@pytest.fixture(scope="session")
def page(fake):
    """The HTML of a summary."""
    from durometer.report.html.page import report

    return lambda summary: report(summary, fake.artifact)
