"""English phrases, verbs and nouns, read by parsers and taggers alike."""
