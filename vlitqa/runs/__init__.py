"""Run folders: how one is written, and the one object that reads it back."""
