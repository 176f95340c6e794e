import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import GPT2LMHeadModel, LlamaForCausalLM

from lmcore.beam_search import beam_search, beam_search_plain
from lmcore.decoding import evaluation_mode
from lmcore.generation import generate_plain
from lmcore.gpt import GPT, GPTConfig
from lmcore.llama import Llama, LlamaConfig
from lmcore.weights import save_gpt2, save_llama

from .large_weights import with_large_weights

pytestmark = pytest.mark.xdist_group("transformers")
VOCAB, CONTEXT = 9, 20
KINDS = {
    "gpt": (GPT, GPTConfig(VOCAB, CONTEXT, n_layers=2, n_heads=2, d_model=8), save_gpt2, GPT2LMHeadModel),
    "llama": (Llama, LlamaConfig(VOCAB, CONTEXT, 2, 2, 1, d_model=8, d_ff=12), save_llama, LlamaForCausalLM),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def model_of(kind, seed=0, dtype=torch.float64):
    return with_large_weights(*KINDS[kind][:2], seed, dtype)


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """Our models and transformers', with the same weights."""
    pairs = {}
    for kind, (_, _, save, theirs) in KINDS.items():
        for seed in range(4):
            model, folder = model_of(kind, seed, torch.float32), tmp_path_factory.mktemp("model")
            save(model, folder)
            pairs[kind, seed] = model, theirs.from_pretrained(folder).eval()
    return pairs


def same(ours, theirs):
    assert [x.ids for x in ours] == [x.ids for x in theirs]
    assert [x.ended for x in ours] == [x.ended for x in theirs]
    for x, y in zip(ours, theirs, strict=True):
        assert x.score == pytest.approx(y.score, abs=1e-4)
        assert x.log_probability == pytest.approx(y.log_probability, abs=1e-4)


@every_kind
def test_texts_and_scores_equal_transformers(twins, kind):
    ended, stopped_early = 0, 0
    for seed, beams, penalty, end in itertools.product(range(4), (2, 4), (-1.0, 0.0, 1.0, 2.5), ((), (3,), (3, 5))):
        model, theirs = twins[kind, seed]
        prompt, new = [1, 4, 2][: 1 + seed % 3], 7
        ours = beam_search(model, prompt, new, beams, end=end, length_penalty=penalty, num_return=beams)
        expected = theirs.generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.int64),
            max_new_tokens=new,
            num_beams=beams,
            num_return_sequences=beams,
            length_penalty=penalty,
            early_stopping=False,
            do_sample=False,
            eos_token_id=list(end) or None,
            pad_token_id=0,
            output_scores=True,
            return_dict_in_generate=True,
        )
        assert len(ours) == beams
        for text, ids, score in zip(ours, expected.sequences[:, len(prompt) :], expected.sequences_scores, strict=True):
            ids = ids.tolist()
            stops = [i for i, token in enumerate(ids) if token in end]
            if stops:
                assert (text.ids, text.ended) == (ids[: stops[0]], "end")
            else:
                assert (text.ids, text.ended) == (ids, "length")
            assert text.score == pytest.approx(score.item(), abs=1e-4)
        ended += sum(text.ended == "end" for text in ours)
        stopped_early += all(len(text.ids) + 1 < new for text in ours)
    assert ended > 40 and stopped_early > 3, "the end-of-text token should occur"


@every_kind
@settings(deadline=None, max_examples=15)
@given(
    st.integers(0, 1000),
    st.lists(st.integers(0, VOCAB - 1), min_size=1, max_size=5),
    st.integers(1, 9),
    st.integers(1, 6),
    st.sets(st.integers(0, VOCAB - 1), max_size=3),
    st.sampled_from([-0.7, 0.0, 1.0, 1.3]),
)
def test_cached_equals_uncached(kind, seed, prompt, new, beams, end, penalty):
    model = model_of(kind, seed)
    options = {"end": sorted(end), "length_penalty": penalty, "num_return": beams}
    same(beam_search(model, prompt, new, beams, **options), beam_search_plain(model, prompt, new, beams, **options))


def every_text(model, prompt, new, end, penalty):
    """All texts of at most ``new`` tokens, with their scores: no search at all."""
    found = []

    def go_on(ids, total):
        logits = model(torch.tensor([prompt + ids]))[0, -1].double().log_softmax(-1)
        for token, log_probability in enumerate(logits.tolist()):
            n, sum_ = len(ids) + 1, total + log_probability
            if token in end:
                found.append((sum_ / n**penalty, sum_, ids, "end"))
            elif n == new:
                found.append((sum_ / n**penalty, sum_, [*ids, token], "length"))
            else:
                go_on([*ids, token], sum_)

    go_on([], 0.0)
    return sorted(found, key=lambda text: -text[0])


@every_kind
@pytest.mark.parametrize("search", [beam_search, beam_search_plain])
@pytest.mark.parametrize("penalty", [0.0, 1.0, -1.0])
@torch.no_grad()
def test_beam_as_wide_as_the_space_finds_the_best_texts(kind, search, penalty):
    model, prompt, new, end = model_of(kind, 3), [2, 7], 3, [4]
    expected = every_text(model, prompt, new, end, penalty)
    found = search(model, prompt, new, VOCAB**new, end=end, length_penalty=penalty, num_return=len(expected))
    assert len(found) == len(expected) == 1 + 8 + 8 * 8 * 9
    for text, (score, total, _, _) in zip(found, expected, strict=True):
        assert text.score == pytest.approx(score, abs=1e-4)
        assert text.log_probability == pytest.approx(total, abs=1e-4)
    assert [(text.ids, text.ended) for text in found[:5]] == [(ids, ended) for _, _, ids, ended in expected[:5]]


@every_kind
def test_one_beam_without_an_end_is_greedy(kind):
    for seed in range(5):
        model, prompt = model_of(kind, seed), [3, 1]
        (text,) = beam_search(model, prompt, 10, 1)
        assert text.ids == generate_plain(model, torch.tensor([prompt]), 10)[0, 2:].tolist()
        assert text.ended == "length" and text.score == pytest.approx(text.log_probability / 10)


@every_kind
def test_log_probability_is_that_of_the_tokens_after_the_prompt(kind):
    model, prompt = model_of(kind, 1), [5, 2, 2]
    for text in beam_search(model, prompt, 6, 3, num_return=3, length_penalty=0.5):
        logits = model(torch.tensor([prompt + text.ids])).log_softmax(-1)[0]
        total = sum(logits[len(prompt) - 1 + i, token].item() for i, token in enumerate(text.ids))
        assert text.log_probability == pytest.approx(total, abs=1e-4)
        assert text.score == pytest.approx(total / 6**0.5, abs=1e-4)


def test_wider_beam_finds_a_likelier_text_where_greed_does_not():
    better = 0
    for seed in range(10):
        model = model_of("gpt", seed)
        (narrow,), (wide,) = (beam_search(model, [1], 5, beams, length_penalty=0) for beams in (1, 50))
        assert wide.log_probability >= narrow.log_probability - 1e-5
        better += wide.ids != narrow.ids
    assert better > 2


def test_returned_texts_are_different_and_best_first():
    found = beam_search(model_of("gpt"), [1, 2], 6, 8, end=3, num_return=8)
    assert len({(tuple(text.ids), text.ended) for text in found}) == 8
    assert [text.score for text in found] == sorted((text.score for text in found), reverse=True)
    assert beam_search(model_of("gpt"), [1, 2], 6, 8, end=3, num_return=2) == found[:2]


def test_vocabulary_of_ends_only_gives_what_there_is():
    found = beam_search(model_of("gpt"), [1], 5, 4, end=range(VOCAB), num_return=4)
    assert [(text.ids, text.ended) for text in found] == [([], "end")] * 4  # with different ends
    assert len(beam_search(model_of("gpt"), [1], 5, 12, end=range(VOCAB), num_return=12)) == VOCAB


@every_kind
def test_forbidden_tokens_are_never_written(kind):
    model = model_of(kind)
    logits = model.logits

    def only_two(hidden):
        all_logits = logits(hidden)
        return all_logits.masked_fill(~torch.tensor([i in (2, 6) for i in range(VOCAB)]), -math.inf)

    model.logits = only_two
    model.forward = lambda ids, *rest: only_two(model.hidden(ids, *rest))
    for search in (beam_search_plain, beam_search) if kind == "llama" else (beam_search_plain,):
        found = search(model, [1], 3, 20, num_return=20)
        assert sorted(text.ids for text in found) == [list(ids) for ids in itertools.product((2, 6), repeat=3)]


def test_training_mode_is_put_back_and_dropout_is_off():
    model = GPT(GPTConfig(VOCAB, CONTEXT, n_layers=2, n_heads=2, d_model=8, dropout=0.5))
    model.blocks[0].eval()
    modes = [module.training for module in model.modules()]
    assert beam_search(model, [1], 8, 3) == beam_search(model, [1], 8, 3)
    assert [module.training for module in model.modules()] == modes
    with pytest.raises(ZeroDivisionError), evaluation_mode(model):
        assert not any(module.training for module in model.modules())
        raise ZeroDivisionError
    assert [module.training for module in model.modules()] == modes


def test_tensor_is_a_prompt_too():
    model = model_of("llama")
    assert beam_search(model, torch.tensor([1, 2]), 4, 2) == beam_search(model, [1, 2], 4, 2)


@every_kind
@pytest.mark.parametrize("search", [beam_search, beam_search_plain])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], 3, 2), "prompt 0 has 0 ids"),
        (([1], 0, 2), "max_new_tokens is 0; it must be at least 1"),
        (([1] * 15, 6, 2), "prompt 0 of 15 tokens and 6 new ones make 21, more than this model's context of 20"),
        (([1], 3, 0), "beams is 0; it must be at least 1"),
        (([1], 3, 2, 3), "num_return is 3; with 2 beams it goes from 1 to 2"),
        (([1], 3, 2, 0), "num_return is 0"),
        (([9], 3, 2), "token id 9 is not in the table"),
        (([[1, 2]], 3, 2), "prompts are sequences of ids"),
    ],
)
def test_bad_input_is_named(kind, search, arguments, message):
    prompt, new, beams, *num_return = arguments
    with pytest.raises(ValueError, match=message):
        search(model_of(kind), prompt, new, beams, num_return=(num_return or [1])[0])


@every_kind
@pytest.mark.parametrize("search", [beam_search, beam_search_plain])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"end": 9}, "end id 9 is not in 0 .. 8, the ids of this model"),
        ({"end": [2, -1]}, "end id -1"),
        ({"length_penalty": math.inf}, "length_penalty is inf; it must be a finite number"),
    ],
)
def test_bad_options_are_named(kind, search, options, message):
    with pytest.raises(ValueError, match=message):
        search(model_of(kind), [1], 3, 2, **options)


@every_kind
def test_nan_is_named(kind):
    model = model_of(kind)
    with torch.no_grad():
        model.norm.weight.fill_(math.nan)
    with pytest.raises(ValueError, match="beam 0: the log probability of token 0 is nan"):
        beam_search(model, [1], 3, 2)
