"""The paper's experiments on sets that anyone can have: trials, summary, tables, report.

How trials are run and kept is in learner/trials; no other part of the learner imports this.
"""
