"""How much each word moves the answer: gradients, their closed form, attributions, losses and the objective.

Saliency is defined only here. No module here trains, reads files or knows about people.
"""
