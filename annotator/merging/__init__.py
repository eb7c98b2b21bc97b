"""Merge projects: bring into one what people did in others, from their exports and their sets and their rules.

What a file may hold and how it is imported is in `importing`; nothing here reads or writes sentences itself.
"""
