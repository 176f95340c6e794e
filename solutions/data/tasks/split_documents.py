"""``split_documents(documents, share, generator) -> training, validation``"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import some_ids
from .parts import _aside, _each_once, _parted


def _split_documents(documents, share, generator):
    if not 0 < share < 1:
        raise ValueError(f"share {share} is not between 0 and 1")
    kept = list(dict.fromkeys(documents))
    aside = max(1, round(share * len(kept)))
    if aside >= len(kept):
        raise ValueError(f"of {len(kept)} documents none is left to train with")
    numbers = set(torch.randperm(len(kept), generator=generator)[:aside].tolist())
    training = [document for i, document in enumerate(kept) if i not in numbers]
    validation = [document for i, document in enumerate(kept) if i in numbers]
    return training, validation


split_documents = Task("split_documents", reference=_split_documents)


def _texts(count):
    return [f"{random.choice('GNEDTQ')}{i} said what they say." for i in some_ids(count)]


def _seeded():
    return torch.Generator().manual_seed(random.randrange(10**6))


@split_documents.check(
    points=1,
    title="puts the right share aside, chosen at random, and keeps both parts in the order of the corpus",
    hint="The first numbers of torch.randperm say which documents are put aside. Go through the documents in order then.",
)
def the_right_share(split_documents):
    forty = _texts(random.choice((39, 43)))
    hundred = _texts(100)
    return {
        "a quarter": outcome(lambda: split_documents(forty, 0.25, _seeded())),
        "a tenth": outcome(lambda: split_documents(hundred, 0.1, _seeded())),
        "nearly all": outcome(lambda: split_documents(hundred, 0.9, _seeded())),
    }


@split_documents.check(
    points=1,
    title="keeps one copy of each document, the first one",
    hint="Copies go out before anything is counted or chosen. Then no document of one part can stand in the other.",
)
def one_copy_of_each(split_documents):
    texts = _texts(24)
    first, second, third = texts[3], texts[8], texts[20]
    corpus = [*texts[:12], first, *texts[12:16], second, second, *texts[16:], third, first]
    near = [*_texts(11), "the goose", "The goose", "the goose ", "the  goose"]
    random.shuffle(near)
    return {
        "scattered": outcome(lambda: split_documents(corpus, 0.4, _seeded())),
        "nearly alike": outcome(lambda: split_documents(near, 0.4, _seeded())),
        "corpus afterwards": corpus,
    }


@split_documents.check(
    points=1,
    title="takes its randomness from the generator it is given, and from nothing else",
    hint="Two calls with one generator differ, since it goes on; two generators with one seed agree.",
)
def from_the_generator(split_documents):
    texts = _texts(30)
    seed = random.randrange(10**6)
    generator = torch.Generator().manual_seed(seed)

    def again():
        torch.manual_seed(random.randrange(10**6))
        random.random()
        return split_documents(texts, 0.3, torch.Generator().manual_seed(seed))[1]

    return {
        "first": outcome(lambda: split_documents(texts, 0.3, generator)[1]),
        "second": outcome(lambda: split_documents(texts, 0.3, generator)[1]),
        "the first again": outcome(again),
    }


@split_documents.check(
    points=1,
    title="puts at least one document aside, and refuses to leave none for training",
    hint="A small share of a few documents rounds to 0: then it is 1. If that is all there is, raise a ValueError.",
)
def at_the_edges(split_documents):
    few = _texts(6)
    return {
        "nearly none": outcome(lambda: split_documents(few, 0.01, _seeded())),
        "two": outcome(lambda: split_documents(few[:2], 0.3, _seeded())),
        "up": outcome(lambda: split_documents(_texts(19), 0.3, _seeded())),
        "all": outcome(lambda: split_documents(few, 0.95, _seeded())),
        "a single one": outcome(lambda: split_documents(few[:1], 0.5, _seeded())),
        "copies of one": outcome(lambda: split_documents(few[:1] * 5, 0.2, _seeded())),
        "no documents": outcome(lambda: split_documents([], 0.5, _seeded())),
        "share 0": outcome(lambda: split_documents(_texts(6), 0, _seeded())),
        "share 1": outcome(lambda: split_documents(_texts(6), 1, _seeded())),
        "share below 0": outcome(lambda: split_documents(_texts(6), -0.2, _seeded())),
        "per cent": outcome(lambda: split_documents(_texts(6), 10, _seeded())),
    }


ALL_ASIDE = "with a share of 1 or more nothing is left to train with, which is refused"
split_documents.equivalent("_split_documents: 0 < share < 1 -> 0 < share <= 1", reason=ALL_ASIDE)
split_documents.equivalent("_split_documents: 1 -> 2", reason=ALL_ASIDE)
split_documents.equivalent(
    "_split_documents: list(dict.fromkeys(documents)) -> dict.fromkeys(documents)",
    reason="a dict has its keys in order, and is only counted and gone through",
)
DRAWN = "torch.randperm(len(kept), generator=generator)[:aside].tolist()"
split_documents.equivalent(f"_split_documents: set({DRAWN}) -> {DRAWN}", reason="a set is faster, and holds the same")


def _drawn(count, share, generator):
    """The numbers that are put aside."""
    kept = _aside(count, share)
    return torch.randperm(count, generator=generator)[:kept].tolist()


@split_documents.misconception(
    "Copies are still there: a document that is put aside may stand among the training documents too, word for word."
)
def copies_stay(documents, share, generator):
    return _parted(documents, _drawn(len(documents), share, generator))


@split_documents.misconception(
    "Copies are taken out of each part by itself. One copy can be in the training part and another in the validation part: "
    "take them out before the split."
)
def copies_out_too_late(documents, share, generator):
    training, validation = _parted(documents, _drawn(len(documents), share, generator))
    _aside(len(set(documents)), share)
    return _each_once(training), _each_once(validation)


@split_documents.misconception("A document that occurs twice is gone altogether. One copy of it should stay.")
def no_copy_left(documents, share, generator):
    kept = [document for document in documents if documents.count(document) == 1]
    return _parted(kept, _drawn(len(kept), share, generator))


@split_documents.misconception("Of several copies, a later one is kept. The first one stays, where it stands.")
def last_copy_kept(documents, share, generator):
    kept = _each_once(documents[::-1])[::-1]
    return _parted(kept, _drawn(len(kept), share, generator))


@split_documents.misconception(
    "Only copies that follow one another are noticed. A copy can stand anywhere in the corpus."
)
def neighbours_compared(documents, share, generator):
    kept = [d for i, d in enumerate(documents) if i == 0 or d != documents[i - 1]]
    _aside(len(_each_once(documents)), share)
    return _parted(kept, _drawn(len(kept), share, generator))


@split_documents.misconception(
    "Your parts are in alphabetical order. Documents have an order of their own, that of the corpus; a set forgets it."
)
def sorted_by_alphabet(documents, share, generator):
    kept = sorted(set(documents))
    return _parted(kept, _drawn(len(kept), share, generator))


@split_documents.misconception(
    "Documents that are only nearly alike are taken for copies: capitals and spaces are part of a text here."
)
def nearly_alike_is_alike(documents, share, generator):
    seen = {}
    for document in documents:
        seen.setdefault(" ".join(document.lower().split()), document)
    return _parted(list(seen.values()), _drawn(len(seen), share, generator))


@split_documents.misconception(
    "Always the last documents are put aside. A corpus is often sorted, by date or by source, and then its end is "
    "another kind of text: choose at random."
)
def the_last_ones(documents, share, generator):
    kept = _each_once(documents)
    return _parted(kept, range(len(kept) - _aside(len(kept), share), len(kept)))


@split_documents.misconception(
    "Chance does not come from the generator that you are given. The same call gives another split each time, and after a "
    "restart documents would change sides: pass the generator on to torch.randperm."
)
def everybodys_chance(documents, share, generator):
    kept = _each_once(documents)
    return _parted(kept, _drawn(len(kept), share, None))


@split_documents.misconception(
    "The generator was seeded anew in your function, so every call makes the same split, whatever it is given. A "
    "generator is used as it is."
)
def seeded_anew(documents, share, generator):
    kept = _each_once(documents)
    return _parted(kept, _drawn(len(kept), share, generator.manual_seed(0)))


@split_documents.misconception("The two parts are exchanged: the training documents come first.")
def parts_exchanged(documents, share, generator):
    kept = _each_once(documents)
    return _parted(kept, _drawn(len(kept), share, generator))[::-1]


@split_documents.misconception(
    "The documents come out in the order in which they were drawn. Chance should say only who goes where."
)
def in_drawn_order(documents, share, generator):
    kept = _each_once(documents)
    aside = _aside(len(kept), share)
    order = [kept[i] for i in torch.randperm(len(kept), generator=generator).tolist()]
    return order[aside:], order[:aside]


@split_documents.misconception(
    "The number of documents put aside is rounded down. Round to the nearest whole number, and take one at least: without "
    "any, there is nothing to measure."
)
def rounded_down(documents, share, generator):
    kept = _each_once(documents)
    _aside(len(kept), share)
    return _parted(kept, torch.randperm(len(kept), generator=generator)[: int(share * len(kept))])


@split_documents.misconception(
    "All documents are still among the training documents. What is measured on those put aside would be memory."
)
def trained_on_everything(documents, share, generator):
    kept = _each_once(documents)
    return kept, _parted(kept, _drawn(len(kept), share, generator))[1]


@split_documents.misconception(
    "Nothing is left to train with, and nobody is told: a share or a corpus for which there are no two parts is a mistake "
    "of the caller's, and a ValueError says so."
)
def nothing_refused(documents, share, generator):
    kept = _each_once(documents)
    aside = max(1, round(share * len(kept)))
    return _parted(kept, torch.randperm(len(kept), generator=generator)[:aside])


@split_documents.alternative
def seen_before(documents, share, generator):
    seen, kept = set(), []
    for document in documents:
        if document not in seen:
            seen.add(document)
            kept.append(document)
    if not 0 < share < 1 or len(kept) < 2:
        raise ValueError("no two parts")
    aside = round(share * len(kept)) or 1
    if aside == len(kept):
        raise ValueError("nothing to train with")
    order = torch.randperm(len(kept), generator=generator).tolist()
    return [kept[i] for i in sorted(order[aside:])], [kept[i] for i in sorted(order[:aside])]


@split_documents.alternative
def with_a_table_of_yes_and_no(documents, share, generator):
    kept = sorted(set(documents), key=documents.index)
    held_out = torch.zeros(len(kept), dtype=torch.bool)
    held_out[torch.randperm(len(kept), generator=generator)[: _aside(len(kept), share)]] = True
    parts = [], []
    for document, put_aside in zip(kept, held_out.tolist(), strict=True):
        parts[put_aside].append(document)
    return parts


@split_documents.alternative
def each_at_its_first_place(documents, share, generator):
    kept = [document for i, document in enumerate(documents) if documents.index(document) == i]
    aside = _aside(len(kept), share)
    rank = torch.randperm(len(kept), generator=generator).argsort().tolist()
    return (
        tuple(document for document, r in zip(kept, rank, strict=True) if r >= aside),
        tuple(document for document, r in zip(kept, rank, strict=True) if r < aside),
    )
