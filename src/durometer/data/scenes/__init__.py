"""scenes@1: generated pictures whose every attribute is known, the same on every machine."""

from durometer.data.scenes.dataset import Scenes
from durometer.data.scenes.draw import BACKGROUNDS, COLORS
from durometer.data.scenes.objects import SceneMaps, SceneObjects
from durometer.data.scenes.scene import Scene, Thing
from durometer.data.scenes.shapes import LABELS
from durometer.data.scenes.splits import SPLITS

__all__ = [
    "BACKGROUNDS",
    "COLORS",
    "LABELS",
    "SPLITS",
    "Scene",
    "SceneMaps",
    "SceneObjects",
    "Scenes",
    "Thing",
]
