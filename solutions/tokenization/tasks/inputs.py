"""What the probes of all tasks draw their texts from."""

import random

SHARED = "the that this then there other mother father".split()  # noqa: SIM905
WORDS = """the that this then a an of to and in on at is it was banana mississippi river stone window paper garden letter
    silver little better butter yellow summer winter under over never after mother father sister brother
    another""".split()  # noqa: SIM905
RUSSIAN = "дом река окно письмо сад буква мама слово книга город лето зима снег ветер море берег лампа лодка".split()  # noqa: SIM905
EMOJI = "🙂🚀🐍🌍🎈🦉🍎🔑🐢🌻"


def tree_merges(texts):
    """Merges that build each of some byte strings from neighbouring parts, in random order; no two give one token."""
    tokens = {bytes([byte]) for byte in range(256)}
    growing = [[text[i : i + 1] for i in range(len(text))] for text in texts]
    merges = []
    while growing := [parts for parts in growing if len(parts) > 1]:
        parts = random.choice(growing)
        i = random.randrange(len(parts) - 1)
        left, right = parts[i], parts[i + 1]
        parts[i : i + 2] = [left + right]
        if left + right not in tokens:
            tokens.add(left + right)
            merges.append((left, right))
    return merges


def interleaved(*lists):
    """All items of some lists, each list in its own order, but mixed at random."""
    lists = [list(items) for items in lists]
    mixed = []
    while lists := [items for items in lists if items]:
        mixed.append(random.choice(lists).pop(0))
    return mixed


def outcome(call):
    """What a call gives, or the name of what it raises; all kinds of ValueError count as one."""
    try:
        return call()
    except ValueError:
        return "ValueError"
    except Exception as error:
        return type(error).__name__
