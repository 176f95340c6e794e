import pytest

from lmcore.data.stories import nats_per_token, parse
from lmcore.pretraining.corpus import END_OF_TEXT, StoryData, TextData, prepare


def test_stories_are_one_a_row_and_those_for_validation_are_others(tmp_path):
    corpus = prepare(StoryData(training=20, validation=5, vocab_size=600), tmp_path / "corpus", context=400)
    assert (len(corpus.training), len(corpus.validation)) == (20, 5)
    texts = []
    for rows in (corpus.training, corpus.validation):
        for i in range(len(rows)):
            first, *story, last = rows[i].tolist()
            assert first == last == corpus.end_of_text
            texts.append(corpus.tokenizer.decode(story))
    assert all(parse(text).valid for text in texts)
    assert len(set(texts)) == 25


def test_floor_and_plateau_of_stories_are_those_of_their_tokenizer(tmp_path):
    corpus = prepare(StoryData(training=5, validation=5, vocab_size=300), tmp_path / "corpus", context=800)
    assert (corpus.floor, corpus.plateau) == nats_per_token(corpus.tokenizer.encode)
    assert 0 < corpus.floor < corpus.plateau


def test_a_context_too_short_for_a_story_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"10 stories are longer than the context of 20 tokens; the longest needs \d+"):
        prepare(StoryData(training=5, validation=5, vocab_size=300), tmp_path / "corpus", context=20)


def test_no_document_is_in_training_and_in_validation(tmp_path):
    (tmp_path / "a.txt").write_text("".join(f"number{i} \n\n" for i in range(60)))
    data = TextData((str(tmp_path / "a.txt"),), vocab_size=300, validation_share=0.3, document_characters=9)
    corpus = prepare(data, tmp_path / "corpus", context=8)
    words = []
    for rows in (corpus.training, corpus.validation):
        ids = [i for row in range(len(rows)) for i in rows[row][row > 0 :].tolist()]
        words.append(set(corpus.tokenizer.decode(ids).replace(END_OF_TEXT, " ").split()))
    assert words[0] | words[1] == {f"number{i}" for i in range(60)}
    assert not words[0] & words[1]


def test_the_manual_is_read_where_no_file_is_named(tmp_path):
    corpus = prepare(TextData(vocab_size=400), tmp_path / "corpus", context=64)
    assert corpus.floor is None
    assert len(corpus.training) > 5 * len(corpus.validation) > 0


def test_no_paragraph_of_the_manual_comes_twice():
    """Some stand in several of its chapters, so that validation would ask for what training has shown."""
    paragraphs = "".join(TextData().texts()).split("\n\n")
    assert len(paragraphs) > 1000
    assert len(paragraphs) == len(set(paragraphs))


def test_files_of_folders_are_read_and_a_document_does_not_reach_into_the_next(tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("first")
    (tmp_path / "texts" / "b.md").write_text(f"second{END_OF_TEXT}third")
    assert list(TextData((str(tmp_path / "texts"),)).texts()) == ["first", "second", "third"]


def test_what_was_prepared_is_read_again_and_not_written_again(tmp_path):
    text = tmp_path / "a.txt"
    text.write_text("\n\n".join(f"line {i}" for i in range(100)))
    data = TextData((str(text),), vocab_size=300, document_characters=9)
    first = prepare(data, tmp_path / "corpus", context=8)
    text.unlink()
    again = prepare(data, tmp_path / "corpus", context=8)
    assert [row.tolist() for row in again.training] == [row.tolist() for row in first.training]


def test_a_corpus_that_was_not_finished_is_written_anew(tmp_path):
    (tmp_path / "corpus.partial" / "training").mkdir(parents=True)
    assert len(prepare(StoryData(5, 5, 300), tmp_path / "corpus", context=800).training) == 5
    assert not (tmp_path / "corpus.partial").exists()


def test_progress_names_the_part_and_the_tokens(tmp_path):
    seen = []
    prepare(StoryData(5, 5, 300), tmp_path / "corpus", 800, lambda part, tokens: seen.append((part, tokens)))
    assert {part for part, _ in seen} == {"training", "validation"}
    assert max(tokens for part, tokens in seen if part == "training") > 500


def test_empty_texts_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text(" \n\n \n")
    with pytest.raises(ValueError, match="the corpus is empty"):
        prepare(TextData((str(tmp_path / "a.txt"),)), tmp_path / "corpus", 8)
    assert not (tmp_path / "corpus").exists()


def test_texts_that_are_not_there_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.txt"):
        prepare(TextData((str(tmp_path / "nothing.txt"),)), tmp_path / "corpus", 8)


def test_a_single_document_cannot_be_divided(tmp_path):
    (tmp_path / "a.txt").write_text("one short text")
    with pytest.raises(ValueError, match=r"of 1 documents none is left for \w+"):
        prepare(TextData((str(tmp_path / "a.txt"),), vocab_size=256 + 1), tmp_path / "corpus", 8)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: StoryData(training=0), r"0 stories for training are not in 1 \.\. 1,000,000"),
        (lambda: StoryData(training=10**6 + 1), "1000001 stories for training"),
        (lambda: StoryData(validation=0), "0 stories for validation"),
        (lambda: TextData(validation_share=0.0), "validation_share is 0.0"),
        (lambda: TextData(validation_share=1.0), "validation_share is 1.0"),
    ],
)
def test_wrong_numbers_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
