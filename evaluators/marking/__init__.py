"""Pure functions that compare texts."""
