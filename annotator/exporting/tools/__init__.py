"""Examples in the formats of other tools and corpora, one file per format, and what several of them need.

A writer counts what its format has no place for, and never leaves it out silently. Nothing here reads a project;
`formats/tools` reads these formats.
"""
