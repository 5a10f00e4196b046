"""Level 1: batched tensor operations that edits share; each row's result is its own, whatever stands beside it."""
