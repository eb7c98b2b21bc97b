"""What files look like: one reader per format, from bytes to checked rows, and the one way in which answers are written.

Nothing here knows a project: what a row means for one is decided in importing/.
"""
