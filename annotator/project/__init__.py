"""What a project is: its making, settings, labels, guidelines, people, permissions and the folders next to its file.

Sentences, answers and rounds have rooms of their own.
"""
