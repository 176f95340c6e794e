"""What the probes of all tasks share: words to make texts of, and ways to look at what a function does."""

import random

WORDS = """anchor bell boat buoy captain cliff coast compass crew deck dune ferry flag flame fog foghorn goose gull
    harbour island keeper lamp lantern letter lighthouse mast message moon net night oar oil pier rain reef rock rope
    sail sailor sand sea shell ship shore signal star storm story tide tower watch wave whale wind""".split()  # noqa: SIM905


def some_words(count):
    """So many words, no two of them equal."""
    return random.sample(WORDS, count)


def text(*parts):
    """Words, and lists of words, as one text."""
    return " ".join(part if isinstance(part, str) else " ".join(part) for part in parts)


def floats(numbers):
    """Several numbers that came together, whatever holds them."""
    return [float(number) for number in numbers]


def outcome(call):
    """What a call gives, or the name of what it raises; all kinds of ValueError count as one."""
    try:
        return call()
    except NotImplementedError:
        raise
    except ValueError:
        return "ValueError"
    except Exception as error:
        return type(error).__name__
