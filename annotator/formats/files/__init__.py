"""From bytes to lines and values: packing, encodings, line breaks, JSON, and the limits of each.

What a line or a value means is decided by the formats.
"""
