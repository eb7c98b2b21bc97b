"""How good a trained model is: its answers, and whether its saliency agrees with marks and with itself.

Nothing here changes a model.
"""
