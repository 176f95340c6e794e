"""Hands in a notebook of eleven megabytes.

Must happen: it is refused for its size.
Says: the limit is 10 MB
"""


def submit(notebook, folder):
    return b'{"nbformat": 4, "cells": [], "metadata": {"a": "' + b"x" * 11 * 2**20 + b'"}}'
