"""Corpora of the paper, as their owners have them, turned into JSON lines that projects and the learner read.

Each corpus is a file; nothing here opens a project.
"""
