"""Level 7: contract checks for authors of extensions, and toys whose answers were worked out by hand.

    from durometer.testing import check_stressor
    check_stressor(MyStressor(strength=0.5))

Each check raises an `AssertionError` (or the shell's `ExtensionError`) with a sentence that says which rule was broken.
None of them needs pytest.
"""

from durometer.testing.contracts import (
    check_attack,
    check_dataset,
    check_measure,
    check_model,
    check_stressor,
    check_threat,
)

__all__ = ["check_attack", "check_dataset", "check_measure", "check_model", "check_stressor", "check_threat"]
