"""Gates: rules under which a command fails, as continuous integration wants it."""
