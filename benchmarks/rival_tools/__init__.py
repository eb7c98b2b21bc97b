"""Whylight, Label Studio and Potato behind one interface, for `rivals.py`: each starts, signs in, marks and submits."""
