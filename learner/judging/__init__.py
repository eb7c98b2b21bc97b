"""How good a trained model is: its answers, and whether its saliency agrees with marks and with itself.

No module here changes a model.
"""
