"""The paper's experiments, repeated on sets that anyone can have: trials, summary, tables, report.

learner/trials runs and keeps the trials. Only the command `reproduce` imports this package: no stage of the learner
depends on an experiment.
"""
