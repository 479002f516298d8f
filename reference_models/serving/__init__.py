"""Tuned models in conversation: in the terminal, and behind an OpenAI-compatible endpoint."""
