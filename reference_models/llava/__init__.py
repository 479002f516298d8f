"""LLaVA: a frozen CLIP tower, a projector of its patch features, and a Llama that reads them among its tokens."""
