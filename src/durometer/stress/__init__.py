"""Level 3: changes made without asking a model. One file each, one line each here."""

from durometer.core import Registry, Stressor

STRESSORS: Registry[Stressor] = Registry(
    "stress",
    {
        "null-edit": "durometer.stress.attributes.null_edit:NullEdit",
        "placebo-edit": "durometer.stress.attributes.placebo_edit:PlaceboEdit",
        "random-background": "durometer.stress.attributes.random_background:RandomBackground",
        "texture-background": "durometer.stress.attributes.texture_background:TextureBackground",
        "only-foreground": "durometer.stress.attributes.only_foreground:OnlyForeground",
        "only-background": "durometer.stress.attributes.only_background:OnlyBackground",
        "size": "durometer.stress.attributes.size:Size",
        "position": "durometer.stress.attributes.position:Position",
        "direction": "durometer.stress.attributes.direction:Direction",
        "flip-object": "durometer.stress.attributes.flip_object:FlipObject",
        "chain": "durometer.stress.chain:Chain",
        "flip": "durometer.stress.shifts.flip:Flip",
        "rotate": "durometer.stress.shifts.rotate:Rotate",
        "shift": "durometer.stress.shifts.shift:Shift",
        "zoom": "durometer.stress.shifts.zoom:Zoom",
        "gray": "durometer.stress.shifts.gray:Gray",
        "blur": "durometer.stress.shifts.blur:Blur",
        "contrast": "durometer.stress.shifts.contrast:Contrast",
        "low-resolution": "durometer.stress.shifts.low_resolution:LowResolution",
    },
)

__all__ = ["STRESSORS"]
