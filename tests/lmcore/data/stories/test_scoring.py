import pytest

from lmcore.data.stories import score, write
from lmcore.data.stories.words import words_of


def test_written_stories_score_one_everywhere():
    result = score(write(seed).text for seed in range(50))
    assert (result.stories, result.mistakes) == (50, {})
    assert result.valid == result.finished == result.names == result.things == result.agreement == 1


def test_gibberish_scores_zero_everywhere():
    result = score(["", "colourless green ideas", "Once upon a midnight dreary"])
    assert (result.stories, result.mistakes) == (3, {"plot": 3})
    assert result.valid == result.finished == result.names == result.things == result.agreement == 0


def test_shares_count_texts_and_words():
    good = write(0).text
    hero = write(0).facts["hero"]
    words = words_of(good)
    last = len(words) - 1 - words[::-1].index(hero)
    other = "Walter" if hero != "Walter" else "Ada"
    forgetful = " ".join([*words[:last], other, *words[last + 1 :]])
    cut = " ".join(words[: len(words) // 2])
    result = score([good, forgetful, cut])
    assert result.valid == pytest.approx(1 / 3)
    assert result.finished == pytest.approx(2 / 3)
    assert 0 < result.names < 1
    assert result.things == result.agreement == 1
    assert result.mistakes == {"memory": 1, "plot": 1}
    assert str(result).startswith("valid 33.3%, finished 66.7%, names ")


def test_no_texts_have_no_score():
    with pytest.raises(ValueError, match="0 texts"):
        score([])
