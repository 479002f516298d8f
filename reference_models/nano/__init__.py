"""Models of a few million weights, trained from nothing but the shapes world: the recipe that makes them."""
