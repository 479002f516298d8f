"""vlitqa tells teams who tune multimodal models whether their instruction data is good."""

__version__ = "0.1.0"
