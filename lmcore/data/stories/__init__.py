"""Small stories whose entropy is known: written, measured, read back.

>>> story = write(seed=7)
>>> parse(story.text).choices == story.choices
True

Read the files in this order: ``plots`` (the stories themselves), ``words``, ``parts``, ``grammar``, ``checks`` (why
different choices give different texts), ``writer``, ``entropy``, ``parser``, ``scoring``.
"""

from .entropy import (
    distinct_stories,
    forgetful_entropy,
    nats_per_token,
    source_entropy,
    tokens_per_story,
    words_per_story,
)
from .grammar import Grammar
from .parser import Mistake, Reading, parse
from .scoring import Score, score
from .writer import STORIES, Story, tell, write

__all__ = [
    "STORIES",
    "Grammar",
    "Mistake",
    "Reading",
    "Score",
    "Story",
    "distinct_stories",
    "forgetful_entropy",
    "nats_per_token",
    "parse",
    "score",
    "source_entropy",
    "tell",
    "tokens_per_story",
    "words_per_story",
    "write",
]
