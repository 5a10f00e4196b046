"""Makers of masks: methods without weights, a small network, and adapters for the networks of others."""

from durometer.core import Registry
from durometer.models.segmenters.protocol import Segmented, Segmenter

SEGMENTERS: Registry[Segmenter] = Registry(
    "segmenter",
    {
        "grabcut": "durometer.models.segmenters.grabcut:GrabCut",
        "predict-refine": "durometer.models.segmenters.predict_refine:PredictRefineSegmenter",
        "saliency": "durometer.models.segmenters.saliency:Saliency",
        "sam": "durometer.models.segmenters.sam:SamSegmenter",
        "torch": "durometer.models.segmenters.torch_module:TorchSegmenter",
        "transformers": "durometer.models.segmenters.semantic:SemanticSegmenter",
    },
)
"""Methods of `durometer mask` by name."""

__all__ = ["SEGMENTERS", "Segmented", "Segmenter"]
