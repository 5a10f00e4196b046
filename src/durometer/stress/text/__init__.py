"""Changes of a caption: attribute words put before the object's noun, for image–text models."""

from durometer.stress.text.caption import Caption, Worded
from durometer.stress.text.insert import AttributeInsertion

__all__ = ["AttributeInsertion", "Caption", "Worded"]
