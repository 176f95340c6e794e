"""What every worker of `lmgrade.pool` needs, imported once by the server that they are forked from."""

# ruff: noqa: F401, I001 - imported to be there, and first what makes the others lighter

import lmgrade.lighter
import lmgrade.forked
import lmgrade.judgement
import lmgrade.pool
import lmgrade.sandbox
