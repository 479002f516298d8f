"""Encoders of sentences, and of images with texts."""
