"""What benchmarks/gpu.py measures of a device: exactness, steps, scoring, an encoder, memory, waits, and a round."""
