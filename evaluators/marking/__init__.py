"""Pure rules of how texts are compared."""
