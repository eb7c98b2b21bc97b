"""Sentences and answers on their way in: a file opened, read, checked and added, from the terminal or by upload.

What a file may look like is `formats`; nothing here knows one format from another.
"""
