"""Imported before nbformat, by whatever starts a process: spares it more than a second."""

import sys

# jsonschema would have it build a grammar, to check web addresses that no notebook's schema has.
sys.modules.setdefault("rfc3987_syntax", None)
