"""The parts of the page of a comparison; none knows HTML, or the name of any metric, model or exam."""
