"""The references that stand in generation's tasks files, against lmcore's and torch's own."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from lmcore.beam_search import beam_search_plain
from lmcore.choosing import greedy
from lmcore.generation import generate
from lmcore.llama import Llama, LlamaConfig
from lmcore.sampling import usual_parts
from lmgrade.tasks import load

ROOT = Path(__file__).resolve().parents[2]
PROMPT = [3, 1, 4]


@pytest.fixture(scope="module")
def reference():
    tasks = load("generation", ROOT).tasks
    return lambda name: tasks[name].reference


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(2)
    config = LlamaConfig(vocab_size=11, context=32, n_layers=2, n_heads=2, n_kv_heads=1, d_model=16, d_ff=24)
    return Llama(config).eval()


def sampled(reference, parts, seed):
    """A choose of lmcore's parts and the reference's needle."""
    generator = torch.Generator().manual_seed(seed)

    def choose(logits, ids):
        seen = torch.zeros_like(logits, dtype=torch.bool)
        seen[0, ids] = True
        for part in parts:
            logits = part(logits, seen)
        return reference("draw")(logits, [generator])

    return choose


def test_the_likeliest_token_is_lmcores(reference):
    logits = torch.randn(50, 7).round()
    assert torch.equal(reference("greedy")(logits), greedy(logits))


@pytest.mark.parametrize("name", ["generate", "generate_cached"])
@pytest.mark.parametrize("end", [(), 0, 7])
def test_what_is_written_is_what_lmcore_writes(reference, model, name, end):
    parts = usual_parts(temperature=0.9, top_k=9, top_p=0.95, repetition_penalty=1.2)
    for seed in range(5):
        (wanted,) = generate(model, [PROMPT], 20, parts=parts, seed=seed, end=end)
        choose = sampled(reference, parts, seed)
        assert reference(name)(model, PROMPT, 20, choose, None if end == () else end) == [*PROMPT, *wanted.ids]


def test_a_score_is_minus_the_cross_entropy(reference, model):
    continuation = [2, 7, 1, 8, 2, 8]
    with torch.no_grad():
        logits = model(torch.tensor([[*PROMPT, *continuation]]))[0, 2:-1]
    wanted = -F.cross_entropy(logits.double(), torch.tensor(continuation))
    assert reference("text_score")(model, PROMPT, continuation, 1.0) == pytest.approx(wanted.item())


@pytest.mark.parametrize("beams", [1, 3, 8])
def test_without_normalisation_the_search_finds_what_lmcore_finds(reference, model, beams):
    """lmcore's search stops when nothing better can come, which it knows for sure where no length counts."""
    for end in range(11):
        wanted = beam_search_plain(model, [3, 4], 3, beams, end=end, length_penalty=0, num_return=beams)
        found = reference("beam_search")(model, [3, 4], 3, beams, end)
        assert [ids for ids, _ in found] == [text.ids for text in wanted]
        assert [score for _, score in found] == pytest.approx([text.score for text in wanted])


def test_a_found_text_has_its_own_score(reference, model):
    for ids, score in reference("beam_search")(model, PROMPT, 6, 4, 5, 0.7):
        ended = ids if len(ids) == 6 else [*ids, 5]
        assert score == pytest.approx(reference("text_score")(model, PROMPT, ended, 0.7))
