import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from lmcore.data.collation import IGNORE, Batch
from lmcore.gpt import GPT, GPTConfig
from lmcore.llama import Llama, LlamaConfig
from lmcore.pretraining.loss import next_token_loss, summed_nats

MODELS = [
    GPT(GPTConfig(vocab_size=30, context=200, n_layers=1, n_heads=2, d_model=8)),
    Llama(LlamaConfig(vocab_size=30, context=200, n_layers=1, n_heads=2, n_kv_heads=1, d_model=8, d_ff=16)),
]


def batch_of(inputs, labels):
    return Batch(inputs, labels, torch.ones_like(inputs, dtype=torch.bool))


@settings(deadline=None)
@given(st.integers(1, 3), st.integers(1, 6), st.integers(2, 9), st.integers(0, 2**31))
def test_loss_equals_torchs_cross_entropy(batch, time, vocab, seed):
    generator = torch.Generator().manual_seed(seed)
    logits = 5 * torch.randn(batch, time, vocab, generator=generator)
    labels = torch.randint(vocab, (batch, time), generator=generator)
    labels[0, 1:] = IGNORE
    expected = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORE)
    torch.testing.assert_close(next_token_loss(logits, labels), expected)


def test_a_sure_model_has_no_loss_and_an_ignorant_one_ln_of_the_vocabulary():
    labels = torch.tensor([[1, 0]])
    assert next_token_loss(100.0 * F.one_hot(labels, 4).float(), labels) < 1e-6
    torch.testing.assert_close(next_token_loss(torch.zeros(1, 2, 4), labels), torch.tensor(4.0).log())


def test_huge_logits_give_a_finite_loss():
    loss = next_token_loss(torch.tensor([[[1e4, -1e4, 0.0]]]), torch.tensor([[1]]))
    assert loss == 2e4


@pytest.mark.parametrize("model", MODELS, ids=["gpt", "llama"])
@pytest.mark.parametrize("time", [1, 127, 128, 129, 200])  # chunks of 128 rows: none full, one, one and a bit
def test_summed_nats_and_their_gradients_equal_the_plain_loss(model, time):
    inputs, labels = torch.randint(30, (2, 2, time))
    labels[0, time // 2 + 1 :] = IGNORE
    counted = int((labels != IGNORE).sum())
    plain = next_token_loss(model(inputs), labels) * counted
    fast = summed_nats(model, batch_of(inputs, labels))
    torch.testing.assert_close(fast, plain)
    for a, b in zip(
        torch.autograd.grad(fast, model.parameters()), torch.autograd.grad(plain, model.parameters()), strict=True
    ):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 29))
def test_what_stands_in_the_padding_does_not_matter(filler):
    inputs = torch.tensor([[1, 2, 3, filler, filler]])
    labels = torch.tensor([[2, 3, 4, IGNORE, IGNORE]])
    short = summed_nats(MODELS[0], batch_of(inputs[:, :3], labels[:, :3]))
    torch.testing.assert_close(summed_nats(MODELS[0], batch_of(inputs, labels)), short)


@pytest.mark.parametrize(
    ("logits", "labels", "message"),
    [
        (torch.zeros(2, 3, 4), torch.zeros(2, 4, dtype=torch.int64), r"logits \(2, 3, 4\) do not fit labels \(2, 4\)"),
        (torch.zeros(1, 2, 4), torch.tensor([[1, 4]]), r"label 4 is not in 0 \.\. 3"),
        (torch.zeros(1, 2, 4), torch.tensor([[-1, 2]]), r"label -1 is not in 0 \.\. 3"),
        (torch.zeros(1, 2, 4), torch.full((1, 2), IGNORE), "no label counts"),
    ],
)
def test_wrong_input_is_named(logits, labels, message):
    with pytest.raises(ValueError, match=message):
        next_token_loss(logits, labels)
