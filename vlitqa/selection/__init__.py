"""Quality control: rules, what they keep, and the subset that is written."""
