"""What files look like: one reader per format, from bytes to checked rows, and how answers are written into a file.

Nothing here knows a project: what a row means for one is decided in importing/.
"""
