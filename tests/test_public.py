"""What users import stays: a name that goes away is a change to announce, not an accident."""

import importlib
import subprocess
import sys

import pytest

PUBLIC = {
    "durometer": "Batch Comparison ConditionPlan DataPlan Dial Dice DurometerError Estimate InputSpec "
    "ModelCard ModelPlan Param Plan Record Sample Spec Stressor Summary __version__ compare summarize",
    "durometer.run": "CanvasPlan ConditionPlan DataPlan ModelPlan Options Plan Prepared Progress execute "
    "prepare run",
    "durometer.data": "Canvas Data DATASETS InMemory Subset match_labels open_data read_label_map to_canvas",
    "durometer.models": "MODELS ModuleModel CallableModel load_model parse_input probe",
    "durometer.interop": "Augmentation Metric Perturber nrtk_conditions",
    "durometer.harden": "Adversarial PromptTokens Recombination Recombine Recombined ResolutionTokens train",
    "durometer.explain": "Comparison Summary compare summarize",
    "durometer.report": "SECTIONS Section comparison_data data terminal write write_comparison write_many",
    "durometer.testing": "check_attack check_dataset check_measure check_model check_stressor check_threat",
}


@pytest.mark.parametrize("module", PUBLIC)
def test_contract_public_names_are_there(module):
    loaded = importlib.import_module(module)
    missing = [name for name in PUBLIC[module].split() if not hasattr(loaded, name)]
    assert not missing


def test_importing_durometer_is_quiet_and_brings_no_torch():
    script = "import sys, durometer; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True
    )
    assert (done.stdout.strip(), done.stderr) == ("False", "")
