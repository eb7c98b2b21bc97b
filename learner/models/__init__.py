"""The models, and the protocol: everything that the rest of the learner may ask of a model.

What is particular to one model belongs in its own module: no other part of the learner names it.
"""
