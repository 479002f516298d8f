"""Pure kernels on texts and arrays."""
