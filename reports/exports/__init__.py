"""What is wrong with datasets, in the layouts that other programs read."""
