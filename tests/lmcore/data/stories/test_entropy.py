import math
from statistics import fmean

import pytest

from lmcore.data.stories import (
    Grammar,
    distinct_stories,
    forgetful_entropy,
    nats_per_token,
    source_entropy,
    tokens_per_story,
    words_per_story,
    write,
)
from lmcore.data.stories.words import words_of


@pytest.fixture(scope="module")
def many():
    return [write(seed) for seed in range(10_000)]


def entropy(*probabilities):
    assert sum(probabilities) == pytest.approx(1)
    return -sum(p * math.log(p) for p in probabilities)


def test_entropy_equals_the_sum_over_every_story_written_out(small, small_stories):
    probability = {story.text: math.exp(-story.surprise) for story in small_stories}
    assert source_entropy(small) == pytest.approx(entropy(*probability.values()), rel=1e-12)
    assert distinct_stories(small) == len(probability) == len(small_stories)


@pytest.mark.parametrize("encode", [list, words_of, str.split], ids=["characters", "words", "between spaces"])
def test_mean_length_equals_the_mean_over_every_story_written_out(encode, small, small_stories):
    mean = sum(math.exp(-story.surprise) * len(encode(story.text)) for story in small_stories)
    assert tokens_per_story(encode, small) == pytest.approx(mean, rel=1e-12)


def test_mean_surprise_of_ten_thousand_stories_is_the_entropy_within_one_percent(many):
    assert fmean(story.surprise for story in many) == pytest.approx(source_entropy(), rel=0.01)


def test_mean_length_of_ten_thousand_stories_is_the_computed_one_within_one_percent(many):
    assert fmean(len(words_of(story.text)) for story in many) == pytest.approx(words_per_story(), rel=0.01)
    assert fmean(len(story.text) for story in many) == pytest.approx(tokens_per_story(list), rel=0.01)


def test_there_are_more_than_a_billion_stories():
    assert distinct_stories() > 10**9
    # A uniform choice among all stories would have the greatest entropy that so many stories can have.
    assert source_entropy() < math.log(distinct_stories())


def test_a_forgetful_reader_pays_for_every_mention_what_it_would_cost_unseen(lists):
    grammar = Grammar("{x:name} saw {y:name} and {t:object.a}. {x.He} kept the {t}, [said|thought] {x}.", lists)
    twos_and_ones = entropy(1 / 3, 2 / 3)  # Ada is a she, Ben and Tom are not
    assert forgetful_entropy(grammar) == pytest.approx(3 * math.log(3) + 3 * math.log(2) + twos_and_ones)
    assert source_entropy(grammar) == pytest.approx(math.log(3) + math.log(2) + math.log(2) + math.log(2))


def test_a_forgetful_reader_knows_how_often_each_number_comes_up(lists):
    grammar = Grammar("{n:1..2} {m:1..n} {f:food*m} [a|b {left=n-m}]", lists)
    m, left = entropy(3 / 4, 1 / 4), entropy(3 / 4, 1 / 4)
    food = entropy(3 / 8, 3 / 8, 1 / 8, 1 / 8)
    assert forgetful_entropy(grammar) == pytest.approx(math.log(2) + m + food + math.log(2) + left / 2)


def test_remembering_is_worth_a_third_of_the_surprise_or_more():
    assert source_entropy() < 2 / 3 * forgetful_entropy()


def test_nats_per_token_are_nats_per_story_over_tokens_per_story_with_its_end():
    floor, plateau = nats_per_token(words_of)
    assert floor == pytest.approx(source_entropy() / (words_per_story() + 1))
    assert plateau == pytest.approx(forgetful_entropy() / (words_per_story() + 1))


def test_a_tokenizer_whose_tokens_reach_over_spaces_is_refused():
    with pytest.raises(ValueError, match="reach over spaces"):
        tokens_per_story(lambda text: text.split(". "))
