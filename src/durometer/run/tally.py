"""Running figures of a run: what was read, what was not, and what the models' own crops cut."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from durometer.data.fingerprint import Fingerprint
from durometer.run.load import LEFT_OUT


@dataclass
class Tally:
    """Running figures of a run, rebuilt from the segments when it is resumed."""

    read: int = 0
    unread: int = 0
    left_out: int = 0
    first_unread: str = ""
    cuts: dict[str, list[float]] = field(default_factory=dict)
    fingerprint: Fingerprint = field(default_factory=Fingerprint)

    def add_samples(self, samples: Mapping[str, Sequence[object]]) -> None:
        """Count samples and take their content into the fingerprint, in the order of the data set."""
        self.read += len(samples["sample"])
        for sample, label, content in zip(
            samples["sample"], samples["label"], samples["content"], strict=True
        ):
            self.fingerprint.add(str(sample), str(content), [str(label)])

    def add_unread(self, unread: Mapping[str, Sequence[object]]) -> None:
        """Count what could not be read."""
        wrong = [str(reason) for reason in unread["reason"] if not str(reason).startswith(LEFT_OUT)]
        self.left_out += len(unread["reason"]) - len(wrong)
        self.unread += len(wrong)
        if not self.first_unread and wrong:
            self.first_unread = wrong[0].rstrip(".")

    def add_cuts(self, model: Sequence[object], facts: Sequence[object]) -> None:
        """Take the canvas rows' cut shares into each model's mean."""
        for name, text in zip(model, facts, strict=True):
            cut = json.loads(str(text)).get("cut_share")
            if cut is not None:
                total = self.cuts.setdefault(str(name), [0.0, 0.0])
                total[0] += cut
                total[1] += 1
