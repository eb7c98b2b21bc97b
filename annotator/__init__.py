"""The application: use cases over the store and the learner, a folder for each thing that people do with them.

What two rooms need is a file at the top: errors, names, wording, processes, settings. SQL belongs to `db`, tensors to
`learner`.
"""
