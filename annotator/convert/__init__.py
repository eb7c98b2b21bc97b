"""Published corpora turned into JSON lines that `whylight import` reads.

Nothing here knows a project; what our own files look like is in formats/.
"""
