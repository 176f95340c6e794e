"""Tells ``lmcore.figures`` that its figures end up in a page behind which no Python runs."""

import os


def setup(app):
    os.environ["LMCORE_FIGURES"] = "static"  # the kernels that run the pages inherit it
    return {"parallel_read_safe": True, "parallel_write_safe": True}
