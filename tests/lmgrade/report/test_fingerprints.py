"""What is left of a text when everything that hides a copy is taken away."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmgrade.report.fingerprints import FRAGMENT, WINDOW, fingerprints, fragments, tokens

PLAIN = """\
def letters(text):
    counted = {}
    for sign in text:
        counted[sign] = counted.get(sign, 0) + 1
    return sorted(counted.items(), key=len)
"""
DISGUISED = '''\
# All my own work.
def count_them(s):
    """Count.

    With care.
    """
    d = {}   # nothing yet

    for c in s:
            d[c] = (
                d.get(c, 0) + 1)
    return sorted(d.items(), key = len)
'''

words = st.lists(st.sampled_from("abcdef"), max_size=60)
shared = st.lists(st.sampled_from("abcdef"), min_size=FRAGMENT + WINDOW - 1, max_size=60)


def without_brackets(found):
    return [word for word in found if word not in "()"]


def test_names_comments_docstrings_and_layout_do_not_count():
    assert without_brackets(tokens(PLAIN)) == without_brackets(tokens(DISGUISED))


def test_what_is_called_and_what_is_computed_counts():
    assert tokens("x.append(len(y))") == ["name", ".", "append", "(", "len", "(", "name", ")", ")"]
    assert tokens("x = 'a' + 1") == ["name", "=", "text", "+", "1"]
    assert tokens("x * 2") != tokens("x + 2") != tokens("x + 3")


def test_a_text_alone_on_its_line_is_a_docstring_and_one_in_an_expression_is_not():
    assert tokens("'a'\nx = 'b'\n'c' + 'd'\n'e'") == ["name", "=", "text", "text", "+", "text"]


def test_formatted_texts_are_texts():
    assert tokens("x = f'no code in it'") == ["name", "=", "text"]


@pytest.mark.parametrize(
    "source", ["%timeit f(x)\n!ls", "def f(:\n  '", "x = (1,\n", "if x:\n    a\n  b", "x \x00 x", "f(x"]
)
def test_a_text_that_is_no_python_is_cut_into_words(source):
    assert tokens(source)
    assert tokens(source) == tokens(source.replace("x", "longer_name"))


@given(st.text())
def test_any_text_has_tokens_and_fingerprints(source):
    fingerprints(tokens(source))


def test_what_is_nested_too_deep_or_very_long_is_read_all_the_same():
    assert tokens("(" * 5000 + ")" * 5000)
    assert len(fingerprints(tokens("x = [" + "1," * 60_000 + "]"))) < 30


@given(words, shared, words, words, words)
def test_a_shared_run_that_is_long_enough_is_always_found(before, run, after, other_before, other_after):
    assert fingerprints(before + run + after) & fingerprints(other_before + run + other_after)


@given(words, words)
def test_a_shared_fingerprint_means_a_shared_fragment(first, second):
    runs = [
        {tuple(each[start : start + FRAGMENT]) for start in range(len(each) - FRAGMENT + 1)} for each in (first, second)
    ]
    assert bool(set(fragments(first)) & set(fragments(second))) == bool(runs[0] & runs[1])
    assert fingerprints(first) <= set(fragments(first))


def test_fewer_fingerprints_than_fragments_are_kept():
    numbers = [str(number) for number in range(1000)]
    assert len(fingerprints(numbers)) < len(fragments(numbers)) / 2


def test_fingerprints_are_the_same_in_another_process():
    code = f"from lmgrade.report.fingerprints import *; print(sorted(fingerprints(tokens({PLAIN!r}))))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == str(sorted(fingerprints(tokens(PLAIN))))
