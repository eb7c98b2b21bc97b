"""What those who run a server need of it: whether it works, its figures, and that it finishes its work before it ends.

Nothing here contains a text or a name: figures and sentences about the server may be kept anywhere.
"""
