"""Statistical kernels: NumPy arrays in, arrays or small NamedTuples out."""
