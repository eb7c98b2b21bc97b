"""From examples to a trained model: steps, the choice of the best one, resuming, several processes, checkpoints.

Losses and models belong in saliency and models; how good the result is, in judging.
"""
