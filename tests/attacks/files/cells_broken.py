"""Holds cells that are no cells: null, numbers, lists, sources that are numbers, kinds that nobody knows.

Must happen: they are left out; the released cells are put back.
Says: A cell that is neither code nor text was left out.
"""


def submit(notebook, folder):
    cells = [None, 7, [], "x", {}, {"cell_type": ["code"]}, {"cell_type": "code", "source": {"a": 1}, "metadata": 3}]
    cells += [{"cell_type": "code", "source": ["1", 2]}, {"cell_type": "heading", "source": "x"}]
    return {"nbformat": 4, "nbformat_minor": "five", "metadata": [], "cells": cells}
