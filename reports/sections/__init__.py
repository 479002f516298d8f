"""The sections of a page, in their order."""
