"""What leaves a project: all answers, as an import reads them back, or one example for each sentence, in many formats.

Each format of examples is one file with one writer. What is read lives in `formats`; nothing here changes a project.
"""
