"""`python -m learner`: one file per command, which reads its arguments, makes one call and prints.

What a command does belongs in the stages; torch is imported inside `run` alone, so that `--help` is quick.
"""
