"""How good a trained model is: its answers, and whether its saliency agrees with marks and with itself.

`judge` writes down what a model did with each sentence. From these records come the figures and their intervals, what
changed between two models, and which words and answers to look at: modules that need no torch and that pages import.
No module here changes a model.
"""
