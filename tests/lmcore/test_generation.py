import gc

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import GPT2LMHeadModel, LlamaForCausalLM

from lmcore.attention import fused_attention
from lmcore.blocks import PreNormBlock
from lmcore.choosing import draw, row_generators
from lmcore.decoding import written_ids
from lmcore.fast_decoding import is_plain_gpt
from lmcore.generation import Continuation, generate, generate_plain, stream
from lmcore.gpt import GPT, GPTConfig
from lmcore.llama import Llama, LlamaConfig
from lmcore.sampling import usual_parts
from lmcore.text_stream import cut
from lmcore.tokenization import CharacterTokenizer
from lmcore.weights import save_gpt2, save_llama

from .large_weights import with_large_weights

pytestmark = pytest.mark.xdist_group("transformers")
VOCAB, CONTEXT = 30, 24
KINDS = {
    "gpt": (GPT, GPTConfig(VOCAB, CONTEXT, n_layers=2, n_heads=4, d_model=16), save_gpt2, GPT2LMHeadModel),
    "llama": (Llama, LlamaConfig(VOCAB, CONTEXT, 2, 4, 2, d_model=16, d_ff=24), save_llama, LlamaForCausalLM),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
some_prompts = st.lists(st.lists(st.integers(0, VOCAB - 1), min_size=1, max_size=8), min_size=1, max_size=4)
tokenizer = CharacterTokenizer("abcdefghijklmnopqrstuvwxyz .,!")


class Pairs:
    """A tokenizer whose tokens are two characters each: a stop sequence can begin and end within one."""

    def decode(self, ids):
        return "".join(chr(97 + i // 6) + chr(97 + i % 6) for i in ids)

    def encode(self, text):
        return [(ord(a) - 97) * 6 + ord(b) - 97 for a, b in zip(text[::2], text[1::2], strict=True)]


def model_of(kind, seed=0, dtype=torch.float64):
    return with_large_weights(*KINDS[kind][:2], seed, dtype)


def ids_of(rows):
    return [row.ids for row in rows]


def plain(model, prompt, new, **options):
    return generate_plain(model, torch.tensor([prompt]), new, **options)[0, len(prompt) :].tolist()


@every_kind
@settings(deadline=None, max_examples=40)
@given(st.integers(0, 500), some_prompts, st.integers(1, 16))
def test_each_row_equals_the_plain_form_of_its_prompt_alone(kind, seed, prompts, new):
    model = model_of(kind, seed)
    rows = generate(model, prompts, new)
    assert ids_of(rows) == [plain(model, prompt, new) for prompt in prompts]
    assert all(row == Continuation(row.ids, "length", None) for row in rows)


@every_kind
def test_greedy_equals_transformers_for_prompts_of_unequal_length(kind, tmp_path):
    _, _, save, theirs = KINDS[kind]
    for seed in range(5):
        model, folder = model_of(kind, seed, torch.float32), tmp_path / str(seed)
        save(model, folder)
        twin = theirs.from_pretrained(folder).eval()
        prompts = [[5, 1, 7, 2], [3], [8, 8]]
        padded = torch.tensor([[5, 1, 7, 2], [0, 0, 0, 3], [0, 0, 8, 8]])
        mask = torch.tensor([[1, 1, 1, 1], [0, 0, 0, 1], [0, 0, 1, 1]])
        expected = twin.generate(padded, attention_mask=mask, max_new_tokens=20, do_sample=False, pad_token_id=0)
        assert ids_of(generate(model, prompts, 20)) == expected[:, 4:].tolist()
        alone = twin.generate(padded[:1], max_new_tokens=20, do_sample=False, pad_token_id=0, repetition_penalty=1.5)
        parts = usual_parts(repetition_penalty=1.5)
        assert ids_of(generate(model, prompts, 20, parts=parts))[0] == alone[0, 4:].tolist()


@every_kind
@settings(deadline=None, max_examples=25)
@given(st.integers(0, 500), some_prompts, st.integers(0, 10**6))
def test_what_a_row_draws_does_not_depend_on_its_neighbours(kind, model_seed, prompts, seed):
    model, parts = model_of(kind, model_seed), usual_parts(0.8, 20, 0.95, 1.2)
    rows = generate(model, prompts, 10, parts=parts, seed=seed)
    assert rows == generate(model, prompts, 10, parts=parts, seed=[seed + i for i in range(len(prompts))])
    for i, prompt in enumerate(prompts):
        assert generate(model, [prompt], 10, parts=parts, seed=seed + i) == rows[i : i + 1]


@every_kind
def test_sampling_equals_the_plain_form_with_the_same_generator(kind):
    model, (generator,) = model_of(kind), row_generators([9])
    expected = plain(model, [1, 2], 15, choose=lambda logits: draw(logits / 0.7, [generator]))
    assert ids_of(generate(model, [[1, 2]], 15, parts=usual_parts(0.7), seed=9)) == [expected]
    assert ids_of(generate(model, [[1, 2]], 15, parts=usual_parts(0.7), seed=10)) != [expected]


@every_kind
def test_first_token_is_drawn_as_often_as_it_is_likely(kind):
    model = model_of(kind)
    parts = usual_parts(temperature=1.5, top_k=6)
    rows = generate(model, [[4, 2]] * 3000, 1, parts=parts, seed=0)
    counts = torch.bincount(torch.tensor(ids_of(rows)).flatten(), minlength=VOCAB)
    logits = model(torch.tensor([[4, 2]]))[0, -1].double() / 1.5
    best = logits.topk(6).indices
    expected = 3000 * logits[best].softmax(-1)
    assert counts.sum() == counts[best].sum()
    assert ((counts[best] - expected) ** 2 / expected).sum() < 40  # exceeded once in 10^6 times


@every_kind
def test_repetition_penalty_counts_prompt_and_new_tokens_but_no_padding(kind):
    model, seen = model_of(kind), []
    prompts = [[5, 1, 5, 7], [3]]

    def spy(logits, tokens):
        seen.append([set(row.nonzero().flatten().tolist()) for row in tokens])
        return logits

    rows = generate(model, prompts, 4, parts=[spy])
    for count, sets in enumerate(seen):
        assert sets == [set(prompt + row.ids[:count]) for prompt, row in zip(prompts, rows, strict=True)]
    assert len(seen) == 4


@every_kind
def test_parts_are_applied_in_their_order(kind):
    calls = []
    parts = [lambda logits, seen, i=i: calls.append(i) or logits * 0 - i for i in range(3)]
    parts.append(lambda logits, seen: calls.append(logits[0, 0].item()) or logits)
    generate(model_of(kind), [[1]], 1, parts=parts)
    assert calls == [0, 1, 2, -2.0]


@every_kind
@settings(deadline=None, max_examples=25)
@given(st.integers(0, 500), some_prompts, st.sets(st.integers(0, VOCAB - 1), max_size=6))
def test_rows_end_each_at_its_own_end_of_text(kind, seed, prompts, end):
    model = model_of(kind, seed)
    for row, ids in zip(generate(model, prompts, 12, end=end), ids_of(generate(model, prompts, 12)), strict=True):
        stops = [i for i, token in enumerate(ids) if token in end]
        assert row == Continuation(ids[: stops[0]] if stops else ids, "end" if stops else "length", None)


@every_kind
def test_nothing_is_computed_after_the_last_row_has_ended(kind):
    model, steps = model_of(kind), []
    first, second = (plain(model, prompt, 12) for prompt in ([1, 2], [3, 4]))
    end = [first[2], second[5]]

    def count(logits, seen):
        steps.append(1)
        return logits

    rows = generate(model, [[1, 2], [3, 4]], 12, parts=[count], end=end)
    assert len(steps) == max(len(row.ids) for row in rows) + 1 < 12
    assert rows == generate(model, [[1, 2], [3, 4]], 12, end=tuple(end))


def test_end_may_be_a_single_id_and_zero_is_one():
    model = model_of("gpt")
    with torch.no_grad():
        model.tokens.weight[0] = 30.0 * model.norm.bias
    ids = plain(model, [3], 5)
    assert 0 in ids
    (row,) = generate(model, [[3]], 5, end=0)
    assert row == Continuation(ids[: ids.index(0)], "end", None)


@every_kind
@settings(deadline=None, max_examples=40)
@given(st.integers(0, 100), some_prompts, st.data())
def test_text_is_cut_before_the_first_stop_sequence(kind, seed, prompts, data):
    model = model_of(kind, seed)
    for row, ids in enumerate(ids_of(generate(model, prompts, 10))):
        text = Pairs().decode(ids)
        at, size = data.draw(st.integers(0, 18)), data.draw(st.integers(1, 5))
        stop = [text[at : at + size], data.draw(st.text("abcdef", min_size=1, max_size=3))]
        found = generate(model, prompts, 10, stop=stop, tokenizer=Pairs())[row]
        assert (found.text, found.ended) == (cut(text, stop), "stop")
        assert found.ids == ids[: len(found.ids)]
        over = Pairs().decode(found.ids)
        assert cut(over, stop) != over and cut(over[:-2], stop) == over[:-2], "one token too many or too few"


def test_stop_sequence_may_begin_and_end_within_tokens():
    model = model_of("gpt", 1)
    ids = plain(model, [1], 10)
    text = Pairs().decode(ids)
    at = next(i for i in range(1, 15, 2) if text.find(text[i : i + 3]) == i)
    (row,) = generate(model, [[1]], 10, stop=[text[at : at + 3]], tokenizer=Pairs())
    assert row == Continuation(ids[: at // 2 + 2], "stop", text[:at])
    (row,) = generate(model, [[1]], 10, stop=[text[at : at + 4]], tokenizer=Pairs())
    assert row == Continuation(ids[: at // 2 + 3], "stop", text[:at])


def test_stop_sequence_in_the_prompt_does_not_count():
    model = model_of("gpt")
    ids = plain(model, Pairs().encode("abcb"), 6)
    stop = "b" + Pairs().decode(ids)[:1]  # from the prompt's last letter into the first new one
    if stop not in Pairs().decode(ids):
        (row,) = generate(model, [Pairs().encode("abcb")], 6, stop=["abc", stop], tokenizer=Pairs())
        assert row == Continuation(ids, "length", Pairs().decode(ids))


def test_stop_sequence_that_is_certain_only_at_the_end_counts():
    class Bytes:
        def decode(self, ids):
            return bytes([0xC3] * len(ids)).decode(errors="replace")

    (row,) = generate(model_of("gpt"), [[1]], 3, stop=["\N{REPLACEMENT CHARACTER}" * 3], tokenizer=Bytes())
    assert (row.text, row.ended, len(row.ids)) == ("", "stop", 3)


def test_text_comes_without_stop_sequences_too():
    (row,) = generate(model_of("gpt"), [[1, 2]], 8, tokenizer=tokenizer)
    assert row.text == tokenizer.decode(row.ids) and len(row.text) == 8


@every_kind
@pytest.mark.parametrize("prompt", ["stone, ", [1, 2, 3]])
def test_streamed_text_is_the_generated_one(kind, prompt):
    model = model_of(kind, 2)
    ids = tokenizer.encode(prompt) if isinstance(prompt, str) else prompt
    for options in (
        {},
        {"seed": 3, "parts": usual_parts(1.3)},
        {"end": range(8)},
        {"seed": 1, "stop": ["o", "h", ","]},
    ):
        pieces = list(stream(model, tokenizer, prompt, 15, **options))
        assert "".join(pieces) == generate(model, [ids], 15, tokenizer=tokenizer, **options)[0].text
    assert len(list(stream(model, tokenizer, prompt, 15))) == 15, "each character comes when it is written"


@every_kind
def test_tensors_are_prompts_too(kind):
    model, prompts = model_of(kind), torch.tensor([[1, 2, 3], [4, 5, 6]])
    assert generate(model, prompts, 5) == generate(model, prompts.int(), 5) == generate(model, prompts.tolist(), 5)


@every_kind
def test_all_of_the_context_can_be_used(kind):
    model = model_of(kind)
    assert len(generate(model, [[1] * 4], CONTEXT - 4)[0].ids) == CONTEXT - 4
    assert len(generate(model, [[1] * (CONTEXT - 1), [2]], 1)[1].ids) == 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@every_kind
def test_other_dtypes_are_welcome(kind, dtype):
    model = model_of(kind, 0, dtype)
    if dtype == torch.float32:
        assert ids_of(generate(model, [[1, 2]], 9)) == [plain(model, [1, 2], 9)]
    assert len(generate(model, [[1], [2, 3]], 9, seed=1)[0].ids) == 9


def dropout_model():
    model = GPT(GPTConfig(VOCAB, CONTEXT, n_layers=2, n_heads=4, d_model=16, dropout=0.5)).train()
    model.blocks[1].eval()
    return model, [module.training for module in model.modules()]


def test_dropout_is_off_and_every_module_goes_back_to_its_mode():
    model, modes = dropout_model()
    assert generate(model, [[1]], 20, seed=0) == generate(model, [[1]], 20, seed=0)
    assert [module.training for module in model.modules()] == modes
    list(stream(model, tokenizer, "a", 5))
    assert [module.training for module in model.modules()] == modes


def test_mode_is_put_back_after_an_error_and_after_a_stream_that_was_left():
    model, modes = dropout_model()

    def fail(logits, seen):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        generate(model, [[1]], 5, parts=[fail])
    with pytest.raises(ValueError, match=r"id \d+ is not in 0 \.\. 0") as error:  # kept: its frames stay alive
        generate(model, [[1]], 5, parts=usual_parts(9.0), seed=1, tokenizer=CharacterTokenizer("a"))
    assert [module.training for module in model.modules()] == modes, error
    with pytest.raises(ValueError, match=r"id \d+ is not in 0 \.\. 0") as error:
        list(stream(model, CharacterTokenizer("a"), [1], 5, parts=usual_parts(9.0), seed=1))
    assert [module.training for module in model.modules()] == modes, error
    pieces = stream(model, tokenizer, "a", 5)
    next(pieces)
    pieces.close()
    del pieces
    gc.collect()
    assert [module.training for module in model.modules()] == modes
    stream(model, tokenizer, "a", 5)  # never begun
    assert [module.training for module in model.modules()] == modes


@every_kind
def test_gradients_are_neither_needed_nor_recorded_nor_switched_off_for_others(kind):
    model = model_of(kind)
    for prompts in ([[1, 2]], [[1, 2], [3]]):
        steps = written_ids(
            model, prompts, 5, parts=[lambda logits, seen: logits if not logits.requires_grad else None]
        )
        for _ in steps:
            assert torch.is_grad_enabled()


def doubled_values(q, k, v, mask, causal, dropout):
    return 2 * fused_attention(q, k, v, mask, causal, dropout)


class OtherBlock(PreNormBlock):
    def forward(self, *arguments):
        return 2 * super().forward(*arguments)


@pytest.mark.parametrize(
    "change",
    [
        lambda model: setattr(model.blocks[1].feed_forward, "activation", torch.nn.ReLU()),
        lambda model: setattr(model.blocks[1].feed_forward, "activation", torch.nn.GELU()),
        lambda model: setattr(model.blocks[0].attention, "attend", doubled_values),
        lambda model: model.blocks[0].register_forward_hook(lambda module, inputs, output: 2 * output),
        lambda model: model.blocks[0].attention.qkv.register_forward_pre_hook(lambda module, inputs: (inputs[0] * 3,)),
        lambda model: setattr(model, "norm", torch.nn.Identity()),
        lambda model: setattr(model.blocks[1], "__class__", OtherBlock),
    ],
    ids=["relu", "exact gelu", "attention", "hook", "hook before", "no norm", "block"],
)
def test_model_with_exchanged_parts_writes_what_it_says_itself(change):
    model = model_of("gpt", 3)
    assert is_plain_gpt(model)
    before = model(torch.tensor([[1, 2]]))
    change(model)
    assert not is_plain_gpt(model)
    assert not torch.equal(model(torch.tensor([[1, 2]])), before)
    for prompts in ([[1, 2]], [[1, 2], [3]]):
        assert ids_of(generate(model, prompts, 15)) == [plain(model, prompt, 15) for prompt in prompts]


ONE = [[1]]


@every_kind
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: generate(m, [], 3), "0 rows make no batch"),
        (lambda m: generate(m, [[1], []], 3), "prompt 1 has 0 ids; 1 is least"),
        (lambda m: generate(m, torch.zeros(2, 0, dtype=torch.int64), 3), "prompt 0 has 0 ids"),
        (lambda m: generate(m, ONE, 0), "max_new_tokens is 0; it must be at least 1"),
        (lambda m: generate(m, ONE, -2), "max_new_tokens is -2"),
        (lambda m: generate(m, [[1], [1] * 20], 5),
         "prompt 1 of 20 tokens and 5 new ones make 25, more than this model's context of 24"),
        (lambda m: generate(m, [1, 2], 3), r"prompts are sequences of ids, \[\[1, 2\], \[3\]\]; prompt 0 is 1"),
        (lambda m: generate(m, torch.tensor([1, 2]), 3), r"prompt 0 is tensor\(1\)"),
        (lambda m: generate(m, [[1.5]], 3), r"prompt 0 is \[1.5\]"),
        (lambda m: generate(m, [[30]], 3), "token id 30 is not in the table; token ids go from 0 to 29"),
        (lambda m: generate(m, [[-1]], 3), "token id -1"),
        (lambda m: generate(m, ONE, 3, seed=[1, 2]), "2 seeds for 1 prompts"),
        (lambda m: generate(m, ONE, 3, stop=["a"]), r"stop sequences \['a'\] .* tokenizer is None"),
        (lambda m: generate(m, ONE, 3, stop="ab", tokenizer=tokenizer), r"come as a list, \['ab'\]"),
        (lambda m: generate(m, ONE, 3, stop=["a", ""], tokenizer=tokenizer), "a stop sequence is ''"),
        (lambda m: generate(m, ONE, 3, stop=[3], tokenizer=tokenizer), "a stop sequence is 3"),
        (lambda m: generate(m, ONE, 3, end=30), r"end id 30 is not in 0 \.\. 29, the ids of this model"),
        (lambda m: stream(m, tokenizer, "a", 3, end=[0, -1]), "end id -1"),
        (lambda m: stream(m, tokenizer, "", 3), "prompt 0 has 0 ids"),
        (lambda m: stream(m, tokenizer, "a" * 22, 3), "prompt 0 of 22 tokens and 3 new ones make 25"),
        (lambda m: stream(m, tokenizer, "a", 3, stop=[""]), "a stop sequence is ''"),
    ],
)  # fmt: skip
def test_bad_input_is_named_at_once(kind, call, message):
    with pytest.raises(ValueError, match=message):
        call(model_of(kind))


@every_kind
@pytest.mark.parametrize("options", [{}, {"seed": 1}])
@pytest.mark.parametrize("prompts", [ONE, [[1], [1, 2]]])
def test_broken_weights_are_named(kind, options, prompts):
    model = model_of(kind)
    with torch.no_grad():
        model.norm.weight[0] = float("nan")
    with pytest.raises(ValueError, match="row 0 has nan as a logit of token 0"):
        generate(model, prompts, 3, **options)
