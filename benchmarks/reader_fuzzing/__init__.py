"""Fuzzing of the readers: files made worse at random, read as an import reads them."""
