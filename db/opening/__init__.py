"""Opening a project's file: whether it may be opened, its locks and connections, its schema and the steps to it.

All of this is below `store`, which every other room uses, so nothing here imports it. What a table holds is not here.
"""
