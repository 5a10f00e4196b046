"""Level 3: wrappers Model -> Model that make answers steadier or tell when not to trust them."""

from durometer.trust.crop_selection import CropSelection
from durometer.trust.same_crop import same_crop_probability

__all__ = ["CropSelection", "same_crop_probability"]
