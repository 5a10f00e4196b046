"""Level 3: searches inside a threat by asking the model, one file each.

To add one: write a file with a frozen dataclass that subclasses `durometer.core.Attack`, and list it below or under
the entry point `durometer.attack`. It only searches: `durometer.attack.shell` projects what it finds and asks again.
"""

from durometer.attack.shell import attacked
from durometer.core import Attack, Registry

ATTACKS: Registry[Attack] = Registry("attack", {"pgd": "durometer.attack.pgd:PGD"})

__all__ = ["ATTACKS", "attacked"]
