"""`vlitqa annotate`: people label and mend conversations on a page of this machine."""
