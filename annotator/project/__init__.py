"""A project itself: its labels, settings, guidelines, folders and people, and who may do what.

Sentences and answers are not handled here.
"""
