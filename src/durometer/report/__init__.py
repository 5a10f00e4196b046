"""Level 6: findings to HTML, Markdown, JSON and the terminal. It renders frozen values and computes no statistics."""

from durometer.report.section import SECTIONS, Section, View
from durometer.report.write import write, write_comparison, write_many

__all__ = ["SECTIONS", "Section", "View", "write", "write_comparison", "write_many"]
