"""What papers print of datasets, models and tasks: their tables as lists that can be searched."""
