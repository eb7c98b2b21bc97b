"""From examples to a trained model: steps, the choice of the best one, resuming, several processes, checkpoints.

What a loss or a model is belongs in saliency and models; how good the result is, in judging.
"""
