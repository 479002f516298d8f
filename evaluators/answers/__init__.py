"""Answers as other harnesses wrote them, joined with the questions they answer."""
