"""ImageBind-LLM: a language model instructed through one space of images, texts, sounds, depth, motion and points."""
