"""ImageBind-LLM: a language model instructed through one space of images, texts, sounds, depth, motion and points."""
"""ImageBind-LLM: features of ImageBind, bound to the width of a Llama and added to every token in all its layers."""
