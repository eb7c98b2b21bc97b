"""The answers: the log of them, which of them count, what they say together, and what language models suggested.

Who is asked next is in `queue`; what a round's model predicts is in `learning`.
"""
