"""Common corruptions with their published constants, one file each."""
