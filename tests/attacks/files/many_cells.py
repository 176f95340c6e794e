"""Holds a hundred thousand cells.

Must happen: it is refused for their number.
Says: cells, the limit is 1000
"""


def submit(notebook, folder):
    return {"nbformat": 4, "cells": [{"cell_type": "code", "source": ""}] * 100_000}
