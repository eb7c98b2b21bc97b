"""Answers looked at again: agreement, review, surplus answers, history, and each person's own work.

New answers are taken in answering/.
"""
