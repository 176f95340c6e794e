"""The references that stand in data's tasks files, against lmcore and torch."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from lmcore.data import collation
from lmcore.data.windows import Batches, Windows
from lmcore.positions import LearnedPositions
from lmgrade.tasks import load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def reference():
    tasks = load("data", ROOT).tasks
    return lambda name: tasks[name].reference


def test_windows_are_lmcores_for_every_length_context_and_stride(reference):
    for length in range(2, 15):
        ids = list(range(50, 50 + length))
        for context in range(1, 8):
            for stride in (None, *range(1, context + 1)):
                wanted = [row.tolist() for row in iter_rows(Windows([ids], context, stride))]
                assert reference("windows")(ids, context, stride) == wanted


def iter_rows(rows):
    return (rows[i] for i in range(len(rows)))


def test_a_batch_is_lmcores(reference):
    rows = [[5, 8, 2], [7, 3, 9, 4], [9, 9]]
    wanted = collation.collate(rows, padding=9)
    inputs, labels, mask = reference("collate")(rows, 9)
    assert torch.equal(inputs, wanted.inputs)
    assert torch.equal(labels, wanted.labels)
    assert torch.equal(mask, wanted.mask)


def test_row_numbers_are_those_of_lmcores_batches(reference):
    for rows in (1, 3, 10):
        batches = Batches(Windows([range(rows + 1)], 1), batch_size=4, seed=7)
        for step in (0, 1, 2, 3, 50, 1001):
            assert reference("row_numbers")(step, 4, rows, 7) == batches.row_numbers(step)


def test_random_batches_begin_at_every_place_that_lmcores_windows_of_stride_one_do(reference):
    ids = torch.arange(100, 112)
    rows = {tuple(row.tolist()) for row in iter_rows(Windows([ids.tolist()], 5, 1))}
    inputs, labels = reference("random_batch")(ids, 500, 5, torch.Generator().manual_seed(1))
    assert {(*x, y[-1]) for x, y in zip(inputs.tolist(), labels.tolist(), strict=True)} == rows
    assert torch.equal(inputs[:, 1:], labels[:, :-1])


def test_no_document_stands_in_both_parts_and_none_is_lost(reference):
    documents = [f"document {i % 70}" for i in range(100)]
    training, validation = reference("split_documents")(documents, 0.2, torch.Generator().manual_seed(1))
    assert len(validation) == 14
    assert sorted(training + validation) == sorted(set(documents))


def test_one_hot_vectors_are_torchs(reference):
    ids = torch.randint(0, 9, (4, 5), generator=torch.Generator().manual_seed(1))
    assert torch.equal(reference("one_hot")(ids, 9), F.one_hot(ids, 9).float())


def test_positions_are_added_as_lmcores_learned_ones_are(reference):
    torch.manual_seed(1)
    positions, x = LearnedPositions(context=9, d_model=4), torch.randn(2, 6, 4)
    for start in (0, 3):
        assert torch.equal(reference("add_positions")(x, positions.weight, start), positions(x, start=start))
