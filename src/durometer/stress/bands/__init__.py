"""Critical band masking: noise of one octave, on gray pictures of low contrast."""
