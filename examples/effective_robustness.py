"""Print how far networks stand above the accuracy line of reference networks, under each change of a record.

    durometer run -m a.onnx -m b.onnx -m c.onnx -m new.onnx -d photos --suite imagenet-c --out record
    python examples/effective_robustness.py record --references a b c

All networks of the record that are no references are compared. Points above what their clean accuracy leads
one to expect, with 95 % intervals that hold the line's refit (Taori et al., 2020).
"""

import argparse

from durometer.core import DurometerError
from durometer.explain.accuracy_line import above_the_line
from durometer.records import Record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("record", help="folder that durometer run left")
    parser.add_argument("--references", nargs="+", required=True, metavar="NAME", help="two networks or more")
    given = parser.parse_args()
    try:
        print(table(above_the_line(Record.open(given.record), given.references)))
    except DurometerError as error:
        parser.error(str(error))


def table(found) -> str:
    """Return the figures as Markdown: accuracies in percent, effective robustness in points."""
    head = "| change | network | clean, % | shifted, % | expected, % | effective robustness, points | n |"
    lines = [head, "|---" * 7 + "|"]
    for x in found:
        clean, shifted, expected = (f"{100 * v:.1f}" for v in (x.clean, x.shifted, x.expected))
        points = f"{100 * x.beyond.value:+.1f} ({100 * x.beyond.low:+.1f} to {100 * x.beyond.high:+.1f})"
        lines.append(
            f"| {x.title} | {x.model} | {clean} | {shifted} | {expected} | {points} | {x.beyond.n} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
