"""The Python door: what `import vlitqa` offers, and what the command line calls too."""
