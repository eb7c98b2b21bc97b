"""The paper's experiments, repeated on sets that anyone can have: trials, summary, tables, report.

learner/trials runs and keeps the trials. No other part of the learner imports this package.
"""
