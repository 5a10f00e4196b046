"""Data: readers of one's own images, labels and masks; embedded sets; the canvas; labels; the bank.

Images are decoded when asked for, and not before. Everything that was guessed or left out is said.
"""

from durometer.data.bank import MemoryBank, build_bank, folder_bank, pick
from durometer.data.base import Data, LeftOut, Options, content_of
from durometer.data.canvas import Canvas, to_canvas
from durometer.data.fingerprint import Fingerprint, fingerprint
from durometer.data.labelmap import read_label_map
from durometer.data.labels import LabelMatch, match_labels
from durometer.data.opening import DATASETS, open_data
from durometer.data.subset import Subset
from durometer.data.tensors import InMemory

__all__ = [
    "DATASETS", "Canvas", "Data", "Fingerprint", "InMemory", "LabelMatch", "LeftOut", "MemoryBank", "Options",
    "Subset", "build_bank", "content_of", "fingerprint", "folder_bank", "match_labels", "open_data",
    "pick", "read_label_map", "to_canvas",
]  # fmt: skip
