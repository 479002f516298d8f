"""Tests of LLaVA."""
