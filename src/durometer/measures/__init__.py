"""Level 2: rows -> Estimate, pure, one file each. Paired ones take the rows of both conditions."""

from durometer.core import Measure, Registry

MEASURES: Registry[Measure] = Registry(
    "measure",
    {
        "accuracy": "durometer.measures.accuracy:Accuracy",
        "top-k accuracy": "durometer.measures.topk:TopK",
        "top-1 drop": "durometer.measures.drop:Top1Drop",
        "top-1 drop minus control": "durometer.measures.drop:DropMinusControl",
        "flips": "durometer.measures.flips:Flips",
        "ECE": "durometer.measures.ece:ECE",
        "confidence change": "durometer.measures.confidence:ConfidenceChange",
        "confident mistakes": "durometer.measures.confidence:ConfidentMistakes",
    },
)

__all__ = ["MEASURES"]
