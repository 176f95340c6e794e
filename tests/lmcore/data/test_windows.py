import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmcore.data.collation import IGNORE
from lmcore.data.shards import write_shards
from lmcore.data.windows import Batches, DocumentRows, Windows, in_order, split_documents

documents_of = st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=7), min_size=1, max_size=8)


def numbered(*lengths):
    """Documents whose tokens are 0, 1, 2, ... throughout."""
    ends = np.cumsum(lengths)
    return [list(range(end - length, end)) for length, end in zip(lengths, ends, strict=True)]


def test_windows_begin_every_stride_and_the_last_one_may_be_shorter():
    windows = Windows(numbered(3, 1, 6), context=4, stride=3)
    assert [windows[i].tolist() for i in range(len(windows))] == [[0, 1, 2, 3, 4], [3, 4, 5, 6, 7], [6, 7, 8, 9]]


@given(documents_of, st.integers(1, 9), st.data())
def test_every_token_but_the_first_is_foretold_and_counted_exactly_once(documents, context, data):
    tokens = sum(map(len, documents))
    if tokens < 2:
        documents.append([1])
        tokens += 1
    stride = data.draw(st.integers(1, context))
    windows = Windows(numbered(*map(len, documents)), context, stride, count_once=True)
    counted = []
    for batch in in_order(windows, batch_size=3):
        assert batch.inputs.shape[1] == context
        counted += batch.labels[batch.labels != IGNORE].tolist()
    assert counted == list(range(1, tokens))


def test_windows_of_chosen_documents_hold_no_other_tokens(tmp_path):
    documents = numbered(3, 4, 5, 2)
    shards = write_shards(documents, tmp_path / "shards", vocab_size=14, tokens_per_shard=5)
    for source in (documents, shards):
        windows = Windows(source, context=4, chosen=[0, 2])
        assert [windows[i].tolist() for i in range(len(windows))] == [[0, 1, 2, 7, 8], [8, 9, 10, 11]]


def test_a_label_is_the_token_after_its_input():
    batch = Batches(Windows([list(range(100))], context=8), batch_size=4, seed=1).batch(0)
    assert batch.inputs.dtype == batch.labels.dtype == torch.int64
    real = batch.labels != IGNORE
    assert torch.equal(batch.labels[real], batch.inputs[real] + 1)
    assert torch.equal(real, batch.mask)


def test_batches_depend_on_seed_and_step_alone():
    rows = Windows([list(range(1000))], context=8)
    straight = [Batches(rows, 6, seed=3).batch(step).inputs for step in range(60)]
    backwards = Batches(rows, 6, seed=3)
    for step in reversed(range(60)):
        assert torch.equal(backwards.batch(step).inputs, straight[step])
    resumed = Batches(Windows([list(range(1000))], context=8), 6, seed=3)
    assert torch.equal(resumed.batch(41).inputs, straight[41])
    assert not torch.equal(Batches(rows, 6, seed=4).batch(0).inputs, straight[0])


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**64))
def test_every_epoch_holds_every_row_once(rows, batch_size, seed):
    batches = Batches(DocumentRows([[1, 2]] * rows, context=4), batch_size, seed)
    steps = 3 * rows
    numbers = [number for step in range(steps) for number in batches.row_numbers(step)]
    assert len(numbers) == steps * batch_size
    for epoch in range(3 * batch_size):
        assert sorted(numbers[epoch * rows : (epoch + 1) * rows]) == list(range(rows))


def test_epochs_are_shuffled_differently():
    batches = Batches(DocumentRows([[1, 2]] * 50, context=4), batch_size=50)
    assert batches.row_numbers(0) != batches.row_numbers(1)
    assert batches.steps_per_epoch() == 1


def test_shares_of_processes_are_disjoint_and_make_up_the_whole_batch():
    batches = Batches(Windows([list(range(1000))], context=8), batch_size=8)
    whole = batches.batch(5).inputs
    shares = [batches.batch(5, rank=rank, ranks=4).inputs for rank in range(4)]
    assert all(len(share) == 2 for share in shares)
    assert sorted(torch.cat(shares).tolist()) == sorted(whole.tolist())


def test_one_document_per_row_begins_at_its_beginning_and_foretells_its_first_token_after_a_start():
    rows = DocumentRows([[5, 6, 7, 8], [9]], context=3, start=1)
    (batch,) = in_order(rows, batch_size=2, padding=0)
    assert batch.inputs.tolist() == [[1, 5, 6], [1, 0, 0]]
    assert batch.labels.tolist() == [[5, 6, 7], [9, IGNORE, IGNORE]]
    assert rows.shortened == 1
    assert [row.tolist() for row in (DocumentRows([[5, 6], [7, 8, 9]], context=3, chosen=[1])[0],)] == [[7, 8, 9]]


def test_splits_are_disjoint_cover_everything_and_have_about_the_share():
    training, validation = split_documents(100_000, 0.1, seed=5)
    assert np.array_equal(np.sort(np.concatenate([training, validation])), np.arange(100_000))
    assert 0.095 < len(validation) / 100_000 < 0.105


def test_more_documents_leave_earlier_ones_on_their_side():
    _, few = split_documents(1000, 0.2, seed=1)
    _, many = split_documents(5000, 0.2, seed=1)
    assert np.array_equal(many[many < 1000], few)
    assert not np.array_equal(split_documents(1000, 0.2, seed=2)[1], few)


def test_neighbours_are_split_independently():
    _, validation = split_documents(100_000, 0.5)
    kept = np.zeros(100_000, dtype=bool)
    kept[validation] = True
    assert abs((kept[1:] == kept[:-1]).mean() - 0.5) < 0.01
    _, other_seed = split_documents(100_000, 0.5, seed=1)
    assert abs(len(np.intersect1d(validation, other_seed)) / 100_000 - 0.25) < 0.01


def test_a_share_of_zero_keeps_everything_for_training():
    training, validation = split_documents(3, 0)
    assert training.tolist() == [0, 1, 2] and not len(validation)


@pytest.mark.parametrize(
    ("act", "complaint"),
    [
        (lambda: split_documents(10, 1), "validation_share 1 is not in"),
        (lambda: split_documents(10, -0.1), "validation_share -0.1"),
        (lambda: split_documents(10, 0.5, seed=-1), "seed -1"),
        (lambda: split_documents(1, 0.01), "of 1 documents none is left for validation"),
        (lambda: split_documents(1, 0.9999), "of 1 documents none is left for training"),
        (lambda: Windows([[1, 2]], 0), "context 0"),
        (lambda: Windows([[1, 2]], 4, 5), "stride 5 is not in 1 .. 4"),
        (lambda: Windows([[1, 2]], 4, 0), "stride 0"),
        (lambda: Windows([[1]], 4), "1 token is too few"),
        (lambda: Windows([], 4), "none of 0 documents"),
        (lambda: Windows([[1, 2]], 4, chosen=[1]), "document 1 is chosen; documents are 0 .. 0"),
        (lambda: Windows([[1, 2]], 4, chosen=[-1]), "document -1 is chosen"),
        (lambda: DocumentRows([[1, 2]], 0), "context 0"),
        (lambda: DocumentRows([[1, 2], [3]], 4), "document 1 has 1 tokens; 2 are least"),
        (lambda: Batches(Windows([[1, 2]], 4), 0), "batch_size 0"),
        (lambda: Batches(Windows([[1, 2]], 4), 1, seed=-1), "seed -1"),
        (lambda: Batches(Windows([[1, 2]], 4), 1).batch(-1), "step -1"),
        (lambda: Batches(Windows([[1, 2]], 4), 4).batch(0, rank=2, ranks=2), "rank 2 of 2"),
        (lambda: Batches(Windows([[1, 2]], 4), 4).batch(0, rank=0, ranks=3), "rank 0 of 3 has no equal share"),
        (lambda: list(in_order(Windows([[1, 2]], 4), 0)), "batch_size 0"),
    ],
)
def test_bad_input_is_refused_with_the_value_and_the_limit(act, complaint):
    with pytest.raises(ValueError, match=complaint):
        act()


def test_rows_that_are_not_there_are_refused():
    for rows in (Windows([[1, 2]], 4), DocumentRows([[1, 2]], 4)):
        for number in (-1, 1):
            with pytest.raises(IndexError, match=f"row {number} is not in 0 .. 0"):
                rows[number]
