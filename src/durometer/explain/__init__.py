"""Level 5: from records to findings: what broke, how sure, compared with what. No model is asked."""

from durometer.explain.compare import compare
from durometer.explain.findings import Comparison, Summary
from durometer.explain.summarize import summarize

__all__ = ["Comparison", "Summary", "compare", "summarize"]
