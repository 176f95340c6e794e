import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcore.data.stories import parse, tell, write
from lmcore.data.stories.words import HE, LISTS, SHE, words_of

VOCABULARY = sorted({word for seed in range(200) for word in words_of(write(seed).text)})
seeds = st.integers(0, 10**9)


def test_reading_a_story_gives_back_its_choices_and_facts():
    for seed in range(500):
        story = write(seed)
        reading = parse(story.text)
        assert reading.valid and reading.finished and str(reading) == "a valid story"
        assert reading.choices == story.choices
        assert reading.facts == story.facts
        assert reading.met == reading.right


def test_white_space_is_not_looked_at():
    story = write(3)
    assert parse("\n".join(words_of(story.text))).choices == story.choices


def test_the_first_mistake_is_the_first_word_at_which_no_story_goes_on_like_this(small, small_stories):
    texts = [words_of(story.text) for story in small_stories]
    beginnings = {tuple(words[:n]) for words in texts for n in range(len(words) + 1)}
    whole = set(map(tuple, texts))
    vocabulary = sorted({word for words in texts for word in words} | {"is", "three", "an", "his", "Zoe"})
    looked_at = set()
    for words in texts[::16]:
        for i in range(len(words)):
            changed = [[*words[:i], other, *words[i + 1 :]] for other in vocabulary]
            for mutant in [*changed, words[:i], [*words[:i], *words[i + 1 :]], [*words[: i + 1], *words[i:]]]:
                if tuple(mutant) in looked_at:
                    continue
                looked_at.add(tuple(mutant))
                reading = parse(" ".join(mutant), small)
                assert reading.valid == (tuple(mutant) in whole)
                if not reading.valid:
                    right = next(n for n in range(len(mutant), -1, -1) if tuple(mutant[:n]) in beginnings)
                    assert reading.mistakes[0].word == right + 1, (mutant, str(reading))
    assert len(looked_at) > 10_000


@given(seeds, st.floats(0, 0.999))
def test_a_word_of_no_story_is_found_where_it_stands(seed, place):
    words = words_of(write(seed).text)
    i = int(place * len(words))
    words[i] = "xyzzy"
    text = " ".join(words)
    mistake = parse(text).mistakes[0]
    assert (mistake.kind, mistake.word, mistake.found) == ("plot", i + 1, "xyzzy")
    assert text[mistake.start :].startswith("xyzzy")


@given(seeds, st.floats(0, 0.999))
def test_a_story_cut_short_is_told_so_at_its_end(seed, place):
    words = words_of(write(seed).text)
    n = int(place * len(words))
    reading = parse(" ".join(words[:n]))
    (mistake,) = reading.mistakes
    assert (mistake.kind, mistake.word, mistake.found, reading.finished) == ("plot", n + 1, "", False)
    assert words[n] in mistake.expected


@given(seeds, st.sampled_from(VOCABULARY))
def test_words_after_the_end_are_a_mistake(seed, word):
    text = write(seed).text
    reading = parse(f"{text} {word}")
    count = len(words_of(text))
    assert [mistake.word for mistake in reading.mistakes] == [count + 1]
    assert f"the story was over after word {count}" in str(reading)


@given(seeds, st.data())
def test_another_name_at_a_later_mention_is_a_lapse_of_memory_there_and_the_rest_is_read(seed, data):
    story = write(seed)
    words = words_of(story.text)
    hero = story.facts["hero"]
    later = [i for i, word in enumerate(words) if word == hero][1:]
    if not later:
        return
    i = data.draw(st.sampled_from(later))
    words[i] = data.draw(st.sampled_from([name for name in LISTS["name"] if name != hero]))
    reading = parse(" ".join(words))
    assert [(mistake.kind, mistake.word) for mistake in reading.mistakes] == [("memory", i + 1)]
    assert reading.finished and reading.choices is None
    assert reading.met["names"] == reading.right["names"] + 1
    assert f"the story told otherwise: {hero} (word {words.index(hero) + 1})" in str(reading)


@given(seeds, st.data())
def test_the_other_pronoun_is_a_mistake_of_agreement_there_and_the_rest_is_read(seed, data):
    story = write(seed)
    words = words_of(story.text)
    plot = words.index("lived") + 7
    pronouns = [i for i, word in enumerate(words) if i > plot and word in ("he", "she", "He", "She")]
    if not pronouns:
        return
    i = data.draw(st.sampled_from(pronouns))
    words[i] = {"he": "she", "she": "he", "He": "She", "She": "He"}[words[i]]
    reading = parse(" ".join(words))
    assert [(mistake.kind, mistake.word) for mistake in reading.mistakes] == [("agreement", i + 1)]
    assert reading.finished
    assert reading.met["agreement"] == reading.right["agreement"] + 1


@given(st.text())
def test_any_text_can_be_read(text):
    reading = parse(text)
    assert not reading.valid
    assert all(0 <= mistake.start <= len(text) for mistake in reading.mistakes)


@given(seeds, st.lists(st.tuples(st.floats(0, 0.999), st.sampled_from([*VOCABULARY, ""])), max_size=8))
def test_any_mixture_of_story_words_can_be_read(seed, changes):
    words = words_of(write(seed).text)
    for place, word in changes:
        words[int(place * len(words))] = word
    reading = parse(" ".join(words))
    assert reading.valid == (reading.choices is not None)
    if reading.valid:
        assert words_of(tell(reading.choices).text) == [word for word in words if word]
    assert [mistake.word for mistake in reading.mistakes] == sorted({mistake.word for mistake in reading.mistakes})


def first_line(text):
    return str(parse(text)).splitlines()[0]


def test_messages_say_what_is_wrong_and_why():
    ada, tom = SHE[0], HE[-2]
    begin = f"Long, long ago an honest owl called {ada} lived in the barn. "
    begin += "The barn was old and crooked, but the honest owl liked it."
    assert first_line("Long, long ago a honest owl") == "word 6, “honest”: it is “an honest”"
    assert first_line("Once upon the time").startswith("word 3, “the”: after “Once upon” comes “a”")
    assert first_line("Then").startswith("word 1, “Then”: a story begins with one of “Once”, “Long”, “Far”,")
    assert first_line("").startswith("after word 0: the story stops here; a story begins with one of “Once”")
    assert first_line("Long, long ago an honest owl called Bob").startswith(
        "word 9, “Bob”: after “honest owl called” comes a new name (“Ada”, “Anna”,"
    )
    assert first_line(f"{begin} When he turned nine").endswith(f"word 30, “he”: {ada} is a she, so it is “she”")
    lost = f"{begin} One windy morning she could not find her red kite. She looked on the roof, but it was gone. So she"
    assert first_line(f"{lost} ran to {ada}.").endswith(
        f"“{ada}”: {ada} is already in this story (word 9); a new one belongs here"
    )
    assert "“drum”: the story told otherwise: kite (word 38)" in first_line(
        f'{lost} ran to {tom}. "Have you seen my red drum?"'
    )
    count = f"{begin} In spring she picked three plums for her mother. On the way home she met {tom} in the park. "
    count += f'"What are you doing in the park?" asked {ada}. "I have not eaten all day," said {tom}.'
    assert first_line(f'{count} "Take one of my plum."').endswith("“plum”: more than one: “plums”")
    assert first_line(f'{count} "Take three of my plums."').endswith("a number from one to two belongs here")
    assert "with three it is “plums”" in first_line(f"{begin} In spring she picked three plum for her mother.")


def test_counting_wrong_is_a_lapse_of_memory_and_a_wrong_verb_does_not_agree():
    text = next(s.text for s in map(write, range(1000)) if re.search(r"there are (\w+) \w+ left", s.text))
    number = re.search(r"there are (\w+) \w+ left", text).group(1)
    wrong = parse(text.replace(f"there are {number}", "there are zero"))
    assert [mistake.kind for mistake in wrong.mistakes] == ["memory"]
    verb = parse(text.replace("there are", "there is"))
    assert [mistake.kind for mistake in verb.mistakes] == ["agreement"]
    assert f"with {number} it is “are”" in str(verb)


def test_giving_more_than_there_is_does_not_stop_the_reader():
    text = next(s.text for s in map(write, range(1000)) if '"Take one of' in s.text)
    reading = parse(text.replace('"Take one of', '"Take nine of'))
    assert reading.mistakes[0].kind == "memory"
    assert reading.finished


@pytest.mark.parametrize("text", ["\x00", "\ud800", "“”", "a" * 100_000, "Once upon a time " * 2_000])
def test_odd_texts_are_read_too(text):
    assert not parse(text).valid
