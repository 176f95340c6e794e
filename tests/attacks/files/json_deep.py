"""Nests JSON a hundred thousand deep.

Must happen: it cannot be read.
Says: cannot be read as JSON
"""


def submit(notebook, folder):
    return b'{"nbformat": 4, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
