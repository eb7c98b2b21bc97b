"""Import sentences and answers: a file is opened, read, checked and added, from the terminal or by upload.

What a file may look like is in `formats`; nothing here depends on a particular format.
"""
