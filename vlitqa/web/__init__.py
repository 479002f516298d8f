"""HTTP on a port of this machine: what every page and endpoint is served by."""
