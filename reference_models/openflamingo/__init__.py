"""OpenFlamingo: a frozen CLIP tower and language model, and gated layers between that look at the last image."""
