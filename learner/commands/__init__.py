"""`python -m learner`: one file per command, which reads its arguments, makes one call and prints.

The work itself belongs in the stages. Only `run` imports torch, so that `--help` is quick.
"""
