"""The project and its people: its name, labels, guidelines and rules for words, who is in it, and who did what.

What people answered is in `answers`, and who may do what is decided outside `db`.
"""
