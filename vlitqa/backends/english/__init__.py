"""English phrases and verbs, read by parsers and taggers alike."""
