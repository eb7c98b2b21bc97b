"""A round of training: started, worked on by a process of its own, watched, and its files.

The training itself is in learner/; only the process of a round loads it.
"""
