"""Level 2: what an answer means: classification, retrieval, matching; one file a task.

To add one (regression, detection, segmentation, …): write a file with a frozen dataclass that subclasses
`durometer.core.Task`, with `decode`, `score` and `loss` over batched outputs and the task's own targets, and
list it below or under the entry point `durometer.task`. `durometer.records.schema` says what `decode` fills.
"""

from durometer.core import Registry, Task
from durometer.tasks.classification import Classification

TASKS: Registry[Task] = Registry(
    "task",
    {
        "classification": "durometer.tasks.classification:Classification",
        "retrieval": "durometer.tasks.retrieval:Retrieval",
        "matching": "durometer.tasks.matching:Matching",
    },
)

__all__ = ["TASKS", "Classification"]
