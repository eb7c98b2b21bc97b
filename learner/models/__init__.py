"""The models, and the protocol that says all that the rest of the learner may ask of one.

What only one model knows belongs in its own module: no other part of the learner names it.
"""
