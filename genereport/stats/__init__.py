"""Statistical kernels that take NumPy arrays and return arrays or small NamedTuples."""
