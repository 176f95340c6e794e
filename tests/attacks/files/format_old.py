"""Is a notebook of format 3, as an old program writes it. Nothing hostile.

Must happen: it says which format is needed.
Says: of format 3, format 4 is needed
"""


def submit(notebook, folder):
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [], "metadata": {}}]}
