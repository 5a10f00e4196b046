"""Sequences of pictures that change little from frame to frame, one file each."""
