"""The one training loop of the house: a recipe, the optimizers that follow from it, and the loop over its steps."""
