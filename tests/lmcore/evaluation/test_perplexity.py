import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from lmcore.evaluation import TokenScores, score_tokens

quick = settings(deadline=None, max_examples=50)
VOCAB = 7


class Recurrent(nn.Module):
    """A causal model whose answer depends on everything in its window."""

    def __init__(self, dropout=0.0):
        super().__init__()
        self.embedding, self.rnn = nn.Embedding(VOCAB, 8), nn.GRU(8, 8, batch_first=True)
        self.dropout, self.head = nn.Dropout(dropout), nn.Linear(8, VOCAB)

    def forward(self, ids):
        return 3 * self.head(self.dropout(self.rnn(self.embedding(ids))[0]))


def recurrent(**options):
    torch.manual_seed(0)
    return Recurrent(**options)


def context_length(ids):
    """Logits with which a 0 costs as many nats as the model has read tokens."""
    nats = torch.arange(1, ids.shape[1] + 1, dtype=torch.float64)
    logits = torch.stack([-nats, torch.log1p(-torch.exp(-nats))], dim=-1)
    return logits.expand(len(ids), -1, -1)


def uniform(vocab):
    return lambda ids: torch.zeros(*ids.shape, vocab)


MODEL = recurrent()
some_ids = st.lists(st.integers(0, VOCAB - 1), min_size=2, max_size=40)


@quick
@given(some_ids)
def test_one_window_gives_torchs_cross_entropy(ids):
    logits = MODEL(torch.tensor([ids[:-1]]))[0]
    scores = score_tokens(MODEL, ids, window=len(ids))
    torch.testing.assert_close(
        scores.nats, F.cross_entropy(logits, torch.tensor(ids[1:]), reduction="none").double(), atol=1e-6, rtol=1e-6
    )
    assert scores.correct.tolist() == (logits.argmax(-1) == torch.tensor(ids[1:])).tolist()
    assert scores.loss == pytest.approx(F.cross_entropy(logits, torch.tensor(ids[1:])).item(), abs=1e-6)
    assert scores.perplexity == pytest.approx(math.exp(scores.loss))


@quick
@given(some_ids, st.integers(1, 12), st.integers(1, 5))
def test_with_stride_1_each_token_is_predicted_from_the_window_tokens_before_it(ids, window, batch_size):
    scores = score_tokens(MODEL, ids, window, stride=1, batch_size=batch_size)
    for t in range(1, len(ids)):
        logits = MODEL(torch.tensor([ids[max(0, t - window) : t]]))[0, -1]
        assert scores.nats[t - 1].item() == pytest.approx(-logits.log_softmax(-1)[ids[t]].item(), abs=1e-5)


def test_contexts_of_a_worked_example():
    # 9 predictions; windows of 4 end after prediction 4, 6, 8 and, cut short at the end but not at the start, 9.
    scores = score_tokens(context_length, [0] * 10, window=4, stride=2)
    assert scores.nats.tolist() == pytest.approx([1, 2, 3, 4, 3, 4, 3, 4, 4])


@quick
@given(st.integers(2, 60), st.integers(1, 20), st.data())
def test_each_token_is_scored_with_at_least_the_context_that_the_stride_leaves(length, window, data):
    stride = data.draw(st.integers(1, window))
    contexts = score_tokens(context_length, [0] * length, window, stride).nats.round().tolist()
    assert len(contexts) == length - 1
    for t, context in enumerate(contexts, 1):
        assert min(t, window - stride + 1) <= context <= min(t, window)


def test_default_stride_is_half_a_window():
    for window, stride in ((8, 4), (5, 2), (1, 1)):
        default, chosen = (score_tokens(context_length, [0] * 30, window, s).nats for s in (None, stride))
        assert torch.equal(default, chosen)


def test_batch_size_does_not_change_the_scores():
    ids = torch.randint(VOCAB, (50,), generator=torch.Generator().manual_seed(1))
    one, three, many = (score_tokens(MODEL, ids, 10, 3, batch_size=b).nats for b in (1, 3, 100))
    torch.testing.assert_close(one, many, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(three, many, atol=1e-5, rtol=1e-5)


def test_list_and_tensors_of_any_integer_type_give_the_same_scores():
    ids = [1, 2, 3, 0, 6]
    expected = score_tokens(MODEL, ids, 3).nats
    for dtype in (torch.int64, torch.int32, torch.int16, torch.uint8):
        assert torch.equal(score_tokens(MODEL, torch.tensor(ids, dtype=dtype), 3).nats, expected)


def test_model_that_knows_nothing_has_the_perplexity_of_its_vocabulary():
    scores = score_tokens(uniform(50), [3, 4, 5, 0], window=2)
    assert scores.perplexity == pytest.approx(50)
    assert scores.accuracy == pytest.approx(1 / 3)  # of 4, 5, 0, the first of equals is 0
    assert score_tokens(uniform(256), [0] * 9, window=2).bits_per_byte("8 bytes.") == pytest.approx(8)


def test_impossible_token_makes_perplexity_infinite_and_no_error():
    def never_1(ids):
        return torch.tensor([0.0, -math.inf]).expand(*ids.shape, 2)

    assert score_tokens(never_1, [0, 0, 1], 2).perplexity == math.inf
    assert score_tokens(never_1, [0, 0, 0], 2).perplexity == 1
    assert TokenScores(torch.tensor([1e4], dtype=torch.float64), torch.tensor([False])).perplexity == math.inf


def test_half_precision_logits_are_scored_in_full_precision():
    logits = torch.randn(1, 6, VOCAB, generator=torch.Generator().manual_seed(0)).bfloat16()
    ids = torch.tensor([0, 1, 2, 3, 4, 5, 6])
    expected = F.cross_entropy(logits[0].float(), ids[1:], reduction="none").double()
    torch.testing.assert_close(score_tokens(lambda x: logits, ids, 6).nats, expected)


@quick
@given(st.text("ab", min_size=2).filter(lambda text: len(text) % 2 == 0))
def test_the_same_model_has_the_same_bits_per_character_under_two_tokenizers(text):
    # Letters are independent, a with probability 0.9. Tokens are letters or pairs of letters; the last id is a start.
    letter = {"a": math.log(0.9), "b": math.log(0.1)}
    pairs = {a + b: letter[a] + letter[b] for a in "ab" for b in "ab"}
    found = []
    for vocabulary, size in ((letter, 1), (pairs, 2)):
        names = list(vocabulary)
        ids = [len(names), *(names.index(text[i : i + size]) for i in range(0, len(text), size))]
        logits = torch.tensor([*vocabulary.values(), -math.inf], dtype=torch.float64)
        scores = score_tokens(lambda x, logits=logits: logits.expand(*x.shape, -1), ids, window=3)
        found.append((scores.bits_per_character(text), scores.perplexity))
    (by_letter, letter_perplexity), (by_pair, pair_perplexity) = found
    assert by_letter == pytest.approx(by_pair)
    assert pair_perplexity == pytest.approx(letter_perplexity**2)  # which is why perplexities do not compare


def test_bytes_are_those_of_utf_8_and_characters_are_code_points():
    scores = TokenScores(torch.tensor([6.0, 6.0]).double() * math.log(2), torch.tensor([True, False]))
    assert scores.bits_per_character("кот") == pytest.approx(4)
    assert scores.bits_per_byte("кот") == pytest.approx(2)
    assert scores.bits_per_byte("😀") == pytest.approx(3)
    assert scores.accuracy == 0.5
    for share in (scores.bits_per_character, scores.bits_per_byte):
        with pytest.raises(ValueError, match="empty"):
            share("")


def test_dropout_is_off_meanwhile_and_each_module_gets_its_mode_back():
    model = recurrent(dropout=0.5)
    model.head.eval()
    scores = score_tokens(model, [1, 2, 3, 4], 2)
    assert [m.training for m in (model, model.rnn, model.dropout, model.head)] == [True, True, True, False]
    assert torch.equal(scores.nats, score_tokens(MODEL, [1, 2, 3, 4], 2).nats)
    with pytest.raises(IndexError):
        score_tokens(model, [1, VOCAB, 3], 2)
    assert model.dropout.training


def test_no_gradients_are_kept():
    seen = []

    def model(ids):
        seen.append(MODEL(ids))
        return seen[-1]

    assert not score_tokens(model, [1, 2, 3], 2).nats.requires_grad
    assert not seen[0].requires_grad


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ids": [1]}, r"shape \(1,\)"),
        ({"ids": []}, r"shape \(0,\)"),
        ({"ids": [[1, 2], [3, 4]]}, r"shape \(2, 2\)"),
        ({"ids": [1.0, 2.0]}, "float"),
        ({"ids": torch.tensor([True, False])}, "bool"),
        ({"ids": [1, -2, 3]}, "id -2 is below 0"),
        ({"ids": [1, 50], "model": uniform(50)}, r"id 50 is not in 0 \.\. 49"),
        ({"window": 0}, "window is 0"),
        ({"window": 2.5}, "window is 2.5"),
        ({"stride": 0}, "stride is 0"),
        ({"stride": 5}, "stride 5 is longer than the window of 4"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"model": lambda ids: torch.zeros(len(ids), VOCAB)}, r"logits \(1, 7\) for ids \(1, 2\)"),
        ({"model": lambda ids: torch.zeros(*ids.shape, VOCAB)[:, 1:]}, r"logits \(1, 1, 7\) for ids \(1, 2\)"),
        ({"model": lambda ids: torch.full((*ids.shape, VOCAB), math.nan)}, "predict token 1 hold NaN"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        score_tokens(**{"model": uniform(VOCAB), "ids": [1, 2, 3], "window": 4, **arguments})
