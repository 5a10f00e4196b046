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
        "consistency": "durometer.measures.consistency:Consistency",
        "worst-case consistency": "durometer.measures.consistency:WorstConsistency",
        "ECE": "durometer.measures.ece:ECE",
        "confidence change": "durometer.measures.confidence:ConfidenceChange",
        "confident mistakes": "durometer.measures.confidence:ConfidentMistakes",
        "MRR": "durometer.measures.retrieval:MRR",
        "MRR drop": "durometer.measures.retrieval:MRRDrop",
        "macro-F1": "durometer.measures.f1:MacroF1",
        "macro-F1 drop": "durometer.measures.f1:MacroF1Drop",
        "MVI-Sensitivity": "durometer.measures.mvi_sensitivity:MVISensitivity",
        "BG-Gap": "durometer.measures.background:BGGap",
        "background robustness": "durometer.measures.background:BackgroundRobustness",
        "accuracy ratio": "durometer.measures.ratio:AccuracyRatio",
        "size bias": "durometer.measures.ratio:SizeBias",
        "center bias": "durometer.measures.center_bias:CenterBias",
        "RFS": "durometer.measures.rfs:RelativeForegroundSensitivity",
        "error ratio": "durometer.measures.error_ratio:ErrorRatio",
        "foreground focus": "durometer.measures.foreground_focus:ForegroundFocus",
        "FMR": "durometer.measures.fmr:FMR",
        "challenge accuracy": "durometer.measures.challenge:ChallengeAccuracy",
        "mCE": "durometer.measures.mce:MCE",
        "relative mCE": "durometer.measures.relative_mce:RelativeMCE",
        "flip rate": "durometer.measures.flip_rate:FlipRate",
        "mean flip rate": "durometer.measures.flip_rate:MeanFlipRate",
        "mFR": "durometer.measures.flip_rate:MFR",
        "T5D": "durometer.measures.t5d:T5D",
        "mT5D": "durometer.measures.t5d:MeanT5D",
        "BE": "durometer.measures.balanced_error:BE",
        "rBE": "durometer.measures.balanced_error:RBE",
        "relative corruption robustness": "durometer.measures.relative_robustness:RelativeCorruptionRobustness",
        "effective robustness": "durometer.measures.effective_robustness:EffectiveRobustness",
        "WAR": "durometer.measures.war:WAR",
    },
)

__all__ = ["MEASURES"]
