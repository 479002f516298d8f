"""A client of any OpenAI-compatible server; it knows no judge."""
