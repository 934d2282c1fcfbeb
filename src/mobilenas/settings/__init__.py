"""What users set: the checks of it."""
