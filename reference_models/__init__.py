"""Reference models that vlitqa tunes to see what a dataset is worth."""
