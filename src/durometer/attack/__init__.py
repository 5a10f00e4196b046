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
        "hopskipjump": "durometer.attack.hopskipjump:HopSkipJump",
        "boundary": "durometer.attack.boundary:Boundary",
        "geoda": "durometer.attack.geoda:GeoDA",
        "sigma-zero": "durometer.attack.sigma_zero:SigmaZero",
        "simba": "durometer.attack.simba:SimBA",
        "nes": "durometer.attack.nes:NES",
        "square": "durometer.attack.square:Square",
        "random-search": "durometer.attack.random_search:RandomSearch",
        "eot": "durometer.attack.eot:EOT",
        "autoattack": "durometer.attack.autoattack:AutoAttack",
        "spatial": "durometer.attack.spatial:Spatial",
        "patch": "durometer.attack.patch:PatchAttack",
        "patch-rs": "durometer.attack.patch_rs:PatchRS",
        "sparse-rs": "durometer.attack.sparse_rs:SparseRS",
        "transfer": "durometer.attack.transfer:Transfer",
        "background-texture": "durometer.attack.background_texture:BackgroundTexture",
        "complexity-adversarial": "durometer.attack.complexity_adversarial:ComplexityAdversarial",
    },
)

__all__ = ["ATTACKS", "attacked"]
