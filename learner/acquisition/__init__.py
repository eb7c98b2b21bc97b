"""Acquisition: which sentences of the pool to ask about next, and why. One idea per file.

`choosing.py` makes the queue; the other files hold the acquisitions, and what they may look at. How a
queue is stored is the application's business. Only `of_model.py` and `expected_marks.py` load torch.
"""
