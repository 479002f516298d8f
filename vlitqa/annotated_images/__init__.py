"""Images with captions, objects, attributes, written words and questions; read from files, and described in words."""
