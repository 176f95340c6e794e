from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from lmcore.data.collation import IGNORE, collate, pad


def test_labels_are_the_row_one_place_to_the_left_and_padding_is_not_counted():
    batch = collate([[7, 3, 9, 4], [5, 6]], padding=1)
    assert batch.inputs.tolist() == [[7, 3, 9], [5, 1, 1]]
    assert batch.labels.tolist() == [[3, 9, 4], [6, IGNORE, IGNORE]]
    assert batch.mask.tolist() == [[True, True, True], [True, False, False]]
    assert batch.targets == 4


@given(st.lists(st.lists(st.integers(0, 10), min_size=2, max_size=6), min_size=1, max_size=5), st.integers(0, 10))
def test_the_loss_of_a_batch_is_that_of_its_rows_whatever_the_padding_is(rows, padding):
    table = torch.randn(11, 11, generator=torch.Generator().manual_seed(0))  # a bigram model
    batch = collate(rows, padding=padding, length=8)
    loss = cross_entropy(table[batch.inputs].flatten(0, 1), batch.labels.flatten(), reduction="sum")
    alone = sum(-table[a].log_softmax(-1)[b] for row in rows for a, b in pairwise(row))
    assert loss.item() == pytest.approx(alone.item(), rel=1e-4)
    assert batch.inputs.shape == batch.labels.shape == batch.mask.shape == (len(rows), 8)


def test_skipped_labels_are_not_counted_and_are_still_seen():
    batch = collate([[1, 2, 3, 4], [5, 6]], skip=[2, 0])
    assert batch.labels.tolist() == [[IGNORE, IGNORE, 4], [6, IGNORE, IGNORE]]
    assert batch.inputs[0].tolist() == [1, 2, 3]


def test_prompts_are_padded_on_the_left_so_that_all_end_together():
    ids, mask = pad([[1, 2, 3], [4]], padding=9, side="left")
    assert ids.tolist() == [[1, 2, 3], [9, 9, 4]]
    assert mask.tolist() == [[True, True, True], [False, False, True]]


def test_a_batch_moves_to_a_device_whole():
    moved = collate([[1, 2]]).to("meta")
    assert {tensor.device.type for tensor in (moved.inputs, moved.labels, moved.mask)} == {"meta"}


@pytest.mark.parametrize(
    ("act", "complaint"),
    [
        (lambda: collate([]), "0 rows make no batch"),
        (lambda: collate([[1, 2], [3]]), "row 1 has 1 ids; 2 are least"),
        (lambda: collate([[1, 2, 3, 4]], length=2), "a row has 3 ids, more than the length 2"),
        (lambda: collate([[1, 2]], padding=-100), "padding -100 is no id"),
        (lambda: collate([[1, 2]], skip=[2]), "row 0 has 1 labels; 2 of them cannot be skipped"),
        (lambda: collate([[1, 2]], skip=[-1]), "-1 of them cannot be skipped"),
        (lambda: collate([[1, 2]], skip=[0, 0]), "2 numbers of labels to skip for 1 rows"),
        (lambda: pad([]), "0 rows"),
        (lambda: pad([[1]], side="middle"), "side 'middle'"),
    ],
)
def test_bad_input_is_refused_with_the_value_and_the_limit(act, complaint):
    with pytest.raises(ValueError, match=complaint):
        act()
