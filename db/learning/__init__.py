"""The rounds: their records and progress, and what their models predict and were judged by.

Here are only the rows; training, scoring and figures are in `annotator/rounds` and `learner`.
"""
