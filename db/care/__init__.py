"""Taking care of a project's file: whether it is whole, copies and backups of it, and what can be saved of it.

When a backup is made and which are kept is decided outside `db`; what opens a file is in `opening`.
"""
