"""Changes of the whole picture; they need no mask, and take one along where there is one."""
