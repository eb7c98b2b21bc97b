"""Rounds: their start, the process that trains and scores, the files that they leave, what they learn from.

How a model learns is `learner`; how old rounds are removed or saved is `care`.
"""
