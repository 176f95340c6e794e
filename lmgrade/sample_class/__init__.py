"""A class of submissions whose marks are known from how they were made.

Each student's notebook is built from the released one: answer cells get the reference solution, an alternative or a
misconception, and some notebooks are then broken or made hostile. What each should get is worked out without the judge,
and written beside them as ``expected.json``, by assignment.
"""

from lmgrade.sample_class.book import Notebook, source_as
from lmgrade.sample_class.folder import expected_of, hand_in, make, marks

__all__ = ["Notebook", "expected_of", "hand_in", "make", "marks", "source_as"]
