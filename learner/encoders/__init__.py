"""Encoders: turn the words of a sentence into vectors, one per word."""
