"""Tests of MIM."""
