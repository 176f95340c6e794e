"""The extension that finds where works are named: what it reads out of titles and sentences."""

import pytest
from pybtex.database import parse_string

WORKS = parse_string(
    """
    @misc{he2016, author={Kaiming He and Jian Sun}, title={{Deep Residual Learning}}, year={2016}}
    @misc{hendrycks2016, author={Dan Hendrycks and Kevin Gimpel}, title={{Linear Units}}, year={2016}}
    @misc{llama, author={Hugo Touvron and others}, title={{LLaMA: Open Models}}, year={2023}}
    @misc{llama2, author={Hugo Touvron and others}, title={{Llama 2: Chat Models}}, year={2023}}
    @misc{rijsbergen, author={C. J. van Rijsbergen}, title={{Information Retrieval}}, year={1979}}
    @misc{slp, author={Daniel Jurafsky and James H. Martin}, title={{Speech and Language}}}
    """,
    "bibtex",
).entries


@pytest.fixture(scope="module")
def where_named(of_the_book):
    return of_the_book("_ext/where_named.py")


@pytest.mark.parametrize(
    "text, keys",
    [
        ("Source: Hendrycks and Gimpel (2016), section 2.", ["hendrycks2016"]),
        ("Source: He et al. (2016).", ["he2016"]),
        ("Source: He et al. (2015).", []),
        ("Source: Touvron et al. (2023), LLaMA, section 2.", ["llama"]),
        ("Source: Touvron et al. (2023), LLaMA; Touvron et al. (2023), Llama 2, section 2.", ["llama", "llama2"]),
        ("Source: van Rijsbergen, Information Retrieval (1979), chapter 7.", ["rijsbergen"]),
        ("Source: He and Sun (2016), section 1; for units Hendrycks and Gimpel (2016).", ["he2016", "hendrycks2016"]),
        ("Source: Jurafsky and Martin, Speech and Language, chapter 3.", ["slp"]),
        ("Source: Jurafsky and Martin, chapter 3.", []),
    ],
)
def test_sentences_name_works_by_author_and_year(where_named, text, keys):
    assert list(where_named.sourced(text, WORKS)) == keys


@pytest.mark.parametrize(
    "title, keys",
    [
        ("Deep residual learning", ["he2016"]),
        ("Llama 2", ["llama2"]),
        ("Information", ["rijsbergen"]),
        ("Residual Learning", []),
        ("Deep Residual Learning for Everybody", []),
        ("", []),
    ],
)
def test_a_title_may_be_cut_short_at_its_end_only(where_named, title, keys):
    assert where_named.titled(title, WORKS) == keys
