"""The commands of `whylight`, one file per group: each parses, calls one use case, and prints what it returns.

No rule about data is written here. What a command needs is imported inside it, so that `--help` stays quick.
"""
