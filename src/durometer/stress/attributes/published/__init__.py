"""ImageNet-E's edits of the object as its toolkit makes them, confounds included; see docs/imagenet-e.md."""
