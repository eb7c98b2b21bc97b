"""What turns the words of a sentence into vectors, one per word.

Here are the pretrained encoders: finding and checking their files, cutting words into pieces, the network, and the
reading itself. Models, losses and training are not: they take the vectors.
"""
