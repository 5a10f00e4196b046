"""What a section of the report is, and the list of them: add one by adding a file and a line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from durometer.core import Json, Registry
from durometer.explain.findings import Summary
from durometer.report.pictures import Gallery


@dataclass(frozen=True)
class View:
    """What a section may use besides the summary.

    Attributes:
        gallery: The pictures that fit into the file.
        at: Goes before every id and every link to one (`r2-`), so that several records fit on one page.
    """

    gallery: Gallery
    at: str = ""


class Section(Protocol):
    """One part of the report; it stands alone, and has a link of its own.

    Attributes:
        name: The registered name, and the id of the section on the page.
        title: Its heading.
        place: Sections are sorted by place, then name; ours stand at 10, 20, …
    """

    name: ClassVar[str]
    title: ClassVar[str]
    place: ClassVar[int]

    def holds(self, summary: Summary, /) -> bool:
        """Return whether there is something to show."""
        ...

    def html(self, summary: Summary, view: View, /) -> str:
        """Return the inside of the section as safe HTML: all names escaped, no inline style."""
        ...

    def markdown(self, summary: Summary, /) -> str:
        """Return the section as Markdown, without its heading."""
        ...

    def data(self, summary: Summary, /) -> dict[str, Json]:
        """Return the findings it shows; dataclasses, tuples and NaN are made plain by the caller."""
        ...


SECTIONS: Registry[Section] = Registry(
    "report",
    {
        "verdict": "durometer.report.sections.verdict:Verdict",
        "imagenet-e": "durometer.report.sections.imagenet_e:ImageNetESection",
        "dense": "durometer.report.sections.dense:DenseSection",
        "errors": "durometer.report.sections.errors:ErrorsSection",
        "drops": "durometer.report.sections.drops:Drops",
        "together": "durometer.report.sections.together:Together",
        "attacks": "durometer.report.sections.attacks:AttacksSection",
        "masking": "durometer.report.sections.masking:MaskingSection",
        "searches": "durometer.report.sections.searches:WorstCases",
        "small-shifts": "durometer.report.sections.small_shifts:SmallShiftsSection",
        "bands": "durometer.report.sections.bands:BandsSection",
        "curves": "durometer.report.sections.curves:Curves",
        "sequences": "durometer.report.sections.sequences:SequencesSection",
        "resolution": "durometer.report.sections.resolution:ResolutionSection",
        "failures": "durometer.report.sections.failures:Lasting",
        "where": "durometer.report.sections.where:Where",
        "who": "durometer.report.sections.who:Who",
        "confusions": "durometer.report.sections.confusions:Confusions",
        "published": "durometer.report.sections.published:PublishedSection",
        "gallery": "durometer.report.sections.gallery:Gallery",
        "trust": "durometer.report.sections.trust:Trust",
        "method": "durometer.report.sections.method:Method",
    },
)


def present(summary: Summary) -> tuple[Section, ...]:
    """Return the sections that hold something for this summary, in the order of the page."""
    made = (thing() for _, thing in SECTIONS.working())
    return tuple(sorted((s for s in made if s.holds(summary)), key=lambda s: (s.place, s.name)))
