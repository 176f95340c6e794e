"""Holds nine megabytes of empty lists, which are half a gigabyte when they are read.

Must happen: read, refused, forgotten.
Says: the limit is 1000
"""


def submit(notebook, folder):
    return b'{"nbformat": 4, "cells": [' + b"[]," * 3_000_000 + b"[]]}"
