"""Level 2: what an answer means: classification, retrieval, matching; one file a task.

To add one (regression, …): write a file with a frozen dataclass that subclasses `durometer.core.Task`, with
`decode`, `score` and `loss` over batched outputs and the task's own targets; where targets lie on the
picture also `move` and `onto`. List it below or under the entry point `durometer.task`, and let
`durometer.run.subjects` make it. `durometer.records.schema` says what `decode` and `tables` fill.
"""

from durometer.core import Registry, Task
from durometer.tasks.classification import Classification

TASKS: Registry[Task] = Registry(
    "task",
    {
        "classification": "durometer.tasks.classification:Classification",
        "detection": "durometer.tasks.detection:Detection",
        "instance-segmentation": "durometer.tasks.detection:InstanceSegmentation",
        "semantic-segmentation": "durometer.tasks.segmentation:SemanticSegmentation",
        "retrieval": "durometer.tasks.retrieval:Retrieval",
        "matching": "durometer.tasks.matching:Matching",
    },
)

__all__ = ["TASKS", "Classification"]
