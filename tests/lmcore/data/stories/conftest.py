"""Grammars so small that every story of theirs can be written out."""

import pytest

from lmcore.data.stories.grammar import Grammar
from lmcore.data.stories.writer import _write

LISTS = {"name": ("Ada", "Ben", "Tom"), "object": ("kite", "oar"), "food": ("plum", "berry")}

SMALL = Grammar(
    """
    [One day|One dark night] {hero:name} had {n:2..3} {food:food*n} and {m:1..n-1} more. {friend:name}
    [took {m} {food*m}, and {left=n-m?is/are} {left} left.|saw {toy:object.a} [and sang|and ate "{toy}"] "{toy}!"]
    {hero.He} liked {friend.his} {food.s}.
    """,
    LISTS,
)


def every_story(grammar):
    """All stories, by counting through their choices like the wheels of an odometer."""
    wheels = []
    while True:
        sizes = []

        def die(options, sizes=sizes):
            if len(sizes) == len(wheels):
                wheels.append(0)
            sizes.append(options)
            return wheels[len(sizes) - 1]

        yield _write(die, grammar)
        while wheels and wheels[-1] == sizes[len(wheels) - 1] - 1:
            wheels.pop()
        if not wheels:
            return
        wheels[-1] += 1


@pytest.fixture(scope="session")
def lists():
    return LISTS


@pytest.fixture(scope="session")
def small():
    return SMALL


@pytest.fixture(scope="session")
def small_stories():
    return list(every_story(SMALL))
