"""Files that are written whole or not at all, vlitqa's own places, and a SQLite store that heals itself."""
