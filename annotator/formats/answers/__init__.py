"""People's answers to a sentence as files have them: labels, marks as signs or spans, and chains of answers.

Whether a project has that label or person, and which answers are new to it, is decided in `importing`.
"""
