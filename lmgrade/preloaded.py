"""What every worker of `lmgrade.pool` needs, imported once by the server that they are forked from."""

# ruff: noqa: E402, F401 - imported to be there, and after the line that spares them a second

import sys

# jsonschema would have it build a grammar for more than a second, to check web addresses that no notebook's schema has.
sys.modules.setdefault("rfc3987_syntax", None)

import lmgrade.forked
import lmgrade.judgement
import lmgrade.pool
import lmgrade.sandbox
