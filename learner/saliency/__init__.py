"""How much each word moves the answer: gradients, their closed form, attributions, losses and the objective.

Saliency is defined here alone. Nothing here trains, reads files or knows people.
"""
