"""``Returns:`` in a docstring is followed by sentences, which may hold a colon.

napoleon would take what stands before the colon for a type. The types stand in the signatures.
"""

from sphinx.ext.napoleon import GoogleDocstring


def sentences(docstring, preprocess_types=False):
    """In the place of napoleon's own: one unnamed value without a type."""
    lines = docstring._dedent(docstring._consume_to_next_section())
    return [("", "", lines)] if lines else []


def setup(app):
    GoogleDocstring._consume_returns_section = sentences
    return {"parallel_read_safe": True, "parallel_write_safe": True}
