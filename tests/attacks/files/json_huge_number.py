"""Holds a number of a million digits, and keys by the thousand of one name.

Must happen: it cannot be read.
Says: cannot be read as JSON
"""


def submit(notebook, folder):
    return b'{"nbformat": 4, "cells": [], "metadata": {' + b'"a": 1, ' * 1000 + b'"n": ' + b"9" * 10**6 + b"}}"
