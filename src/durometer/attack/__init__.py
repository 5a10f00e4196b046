"""Level 3: searches inside a threat by asking the model, one file each.

To add one: write a file with a frozen dataclass that subclasses `durometer.core.Attack`, and list it below or under
the entry point `durometer.attack`. It only searches: `durometer.attack.shell` projects what it finds and asks again.
It may also have `within`, the threat it is meant for (`{"name": …, …}`); `refuses(batch)`, position -> why a sample
can't be attacked; `facts(batch, found)`, name -> one value a sample, kept with the rows; and `baseline`, true if it is
what others are held against.
"""

from durometer.attack.shell import attacked
from durometer.core import Attack, Registry

ATTACKS: Registry[Attack] = Registry(
    "attack",
    {
        "pgd": "durometer.attack.pgd:PGD",
        "apgd": "durometer.attack.apgd:APGD",
        "fab": "durometer.attack.fab:FAB",
        "ddn": "durometer.attack.ddn:DDN",
        "fmn": "durometer.attack.fmn:FMN",
        "deepfool": "durometer.attack.deepfool:DeepFool",
        "carlini-wagner": "durometer.attack.carlini_wagner:CarliniWagner",
        "square": "durometer.attack.square:Square",
        "random-search": "durometer.attack.random_search:RandomSearch",
        "autoattack": "durometer.attack.autoattack:AutoAttack",
        "background-texture": "durometer.attack.background_texture:BackgroundTexture",
        "complexity-adversarial": "durometer.attack.complexity_adversarial:ComplexityAdversarial",
    },
)

__all__ = ["ATTACKS", "attacked"]
