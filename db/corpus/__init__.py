"""The sentences: how imports bring them, and how they are corrected, removed and taken back.

What looks for sentences by what they say or have is in `finding`, and who answers them next in `queue`.
"""
