"""The sections of a page: each says something about a run in blocks, and knows nothing of how they are drawn."""
