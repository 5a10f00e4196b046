"""Edits of one attribute of the object at a time; they need the object's mask."""
