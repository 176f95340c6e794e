"""Answers are read with suspicion and compared with care."""

import base64
import json
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from lmgrade import answers, inside
from lmgrade.answers import Unreadable, agrees, kind_of, parse, same
from lmgrade.inside import encode

NAN, INF = math.nan, math.inf

texts = st.one_of(st.text(max_size=4), st.sampled_from(["\ud800", "\0", "\x1b[31m"]))
keys = st.one_of(st.booleans(), st.integers(), texts, st.binary(max_size=3), st.tuples(texts, st.integers()))
values = st.recursive(
    st.one_of(st.none(), keys, st.floats(), st.sets(keys, max_size=3), st.frozensets(st.integers(), max_size=2)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.tuples(inner, inner), st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=6,
)
# What a learner may send: JSON of any shape, often nearly that of an answer.
kinds = st.sampled_from(["tensor", "dict", "set", "bytes", "opaque", "x"])
junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(kinds, inner, max_size=2),
        st.builds(lambda key, value: {"dict": [[key, value]]}, inner, inner),
    ),
    max_leaves=8,
)


def sent(value):
    """A value as it arrives from a kernel."""
    return parse(json.dumps({"value": encode(value)}))["value"]


def tensor(*numbers, dtype=torch.float32):
    return encode(torch.tensor(numbers, dtype=dtype))


@settings(max_examples=100, deadline=None)
@given(values)
def test_a_value_equals_itself_after_the_way_through_a_kernel(value):
    assert same(encode(value), sent(value), 0.0)


def canonical(data):
    if isinstance(data, list):
        return ["list", *(canonical(item) for item in data)]
    if isinstance(data, dict) and "dict" in data:
        return ["dict", *sorted(([canonical(key), canonical(item)] for key, item in data["dict"]), key=json.dumps)]
    return data


@settings(max_examples=100, deadline=None)
@given(values, values)
def test_two_values_are_the_same_only_if_their_data_are(one, other):
    equal = json.dumps(canonical(encode(one))) == json.dumps(canonical(sent(other)))
    if "." not in json.dumps(encode(one)):  # without floats, where -0.0 is 0
        assert same(encode(one), sent(other), 0.0) == equal


EXPECTED = [
    1,
    1.5,
    "a",
    None,
    True,
    [1, [2]],
    b"a",
    {1: [2.0], (3,): 4},
    {1, 2},
    torch.ones(2),
    {"a": torch.ones(1)},
    [],
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(EXPECTED), junk)
def test_no_answer_breaks_the_comparison(expected, got):
    assert agrees({"value": encode(expected)}, {"value": got}, 1e-6) in (True, False)
    assert isinstance(kind_of(got), str)


@settings(max_examples=200, deadline=None)
@given(junk | st.builds(lambda key, value: {key: value}, st.sampled_from(["value", "raised", "missing"]), junk))
def test_whatever_is_sent_is_an_answer_or_unreadable(data):
    try:
        answer = parse(json.dumps(data))
    except Unreadable:
        return
    assert len(answer) == 1 or set(answer) == {"value", "noted"}


@pytest.mark.parametrize(
    "text",
    [
        None,
        b"{}",
        7,
        {"value": 1},
        "",
        "nonsense",
        "[]",
        "{}",
        '{"value": 1, "raised": 2}',
        '{"noted": []}',
        '{"value": 1, "noted": {}}',
        '{"value": 1, "noted": ["ValueError"]}',
        '{"value": 1, "noted": [{"type": "E", "message": "", "at": []}]}',
        json.dumps({"value": 1, "noted": [{"type": "E", "message": "", "at": None}] * 4}),
        '{"points": 100}',
        '{"value": ' + "9" * 5000 + "}",
        '{"value": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"raised": "ValueError"}',
        '{"raised": {"type": "ValueError"}}',
        '{"raised": {"type": 1, "message": "", "at": null}}',
        '{"raised": {"type": "E", "message": "", "at": []}}',
        '{"raised": {"type": "E", "message": "", "at": {"function": "f"}}}',
        json.dumps({"raised": {"type": "E", "message": "x" * 10_000, "at": None}}),
        '{"raised": {"type": "E", "message": "", "at": {"function": 5, "line": 1, "code": ""}}}',
        '{"raised": {"type": "E", "message": "", "at": {"function": "f", "line": "text", "code": ""}}}',
        '{"raised": {"type": "E", "message": "", "at": {"function": "f", "line": true, "code": ""}}}',
        '{"raised": {"type": "E", "message": "", "at": {"function": "f", "line": 1, "code": null}}}',
    ],
)
def test_what_is_no_answer_cannot_be_read(text):
    with pytest.raises(Unreadable):
        parse(text)


def test_an_answer_that_is_too_long_is_not_read(monkeypatch):
    monkeypatch.setattr(answers, "LARGEST_ANSWER", 11)
    assert parse('{"value":1}') == {"value": 1}
    with pytest.raises(Unreadable, match="more than the 11 allowed"):
        parse('{"value":10}')


def test_an_answer_of_too_many_pieces_is_not_kept(monkeypatch):
    full = {"value": encode({number: [number] for number in range(inside.MOST_ITEMS // 3 - 1)})}
    assert parse(json.dumps(full)) == full
    with pytest.raises(Unreadable, match="more than the 200000 items allowed"):
        parse('{"value": [' + "[]," * 700_000 + "[]]}")


def test_a_kind_is_a_word_however_long_it_was_made():
    assert kind_of({"k" * 1000: 1}) == kind_of({"opaque": "k" * 1000}) == "k" * 40
    assert kind_of({"opaque": ["k"]}) == "opaque"


@pytest.mark.parametrize(
    ("expected", "got", "equal"),
    [
        (1.0, 1, True),  # an int where a float belongs
        (1, 1.0, False),
        (1, True, False),
        (True, 1, False),
        (True, True, True),
        (0, False, False),
        (0.0, False, False),
        (0.0, -0.0, True),
        (None, None, True),
        (None, False, False),
        (0, None, False),
        ("1", 1, False),
        ("a", "a", True),
        ([], None, False),
        ([1, 2], [1, 2, 3], False),
        ([1, 2], [2, 1], False),
        ({1, 2}, {2, 1}, True),
        ({1, 2}, [1, 2], False),
        ([], {}, False),
        ({}, set(), False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ({1: "a"}, {"1": "a"}, False),
        ({1: "a"}, {True: "a"}, False),
        (b"a", "a", False),
        ((1, 2), [1, 2], True),
        (10**400, 10**400, True),
        (10**400, 10**400 + 1, False),
    ],
)
def test_what_equals_what(expected, got, equal):
    assert same(encode(expected), sent(got), 1e-6) is equal


@pytest.mark.parametrize(
    ("expected", "got", "equal"),
    [
        (1.0, 1.0 + 1e-6, True),
        (1.0, 1.0 + 3e-6, False),
        (0.0, 1e-6, True),  # relative to max(1, |expected|)
        (0.0, 2e-6, False),
        (-1e6, -1e6 - 0.9, True),
        (1e6, 1e6 + 1.5, False),
        (NAN, NAN, True),
        (NAN, 1.0, False),
        (1.0, NAN, False),
        (INF, INF, True),
        (INF, -INF, False),
        (INF, 1e308, False),
        (1e308, INF, False),
        (INF, NAN, False),
        (1.0, 10**400, False),
        (INF, 10**400, False),
        (1.7e308, -1.7e308, False),
    ],
)
def test_floats_are_close_within_the_tolerance_and_nan_and_infinities_stand_for_themselves(expected, got, equal):
    assert same(expected, json.loads(json.dumps(got)), 1e-6) is equal
    if isinstance(got, float):
        double = torch.float64
        assert same(tensor(expected, dtype=double), tensor(got, dtype=double), 1e-6) is equal


def test_tensors_must_agree_in_dtype_and_shape():
    ones = tensor(1.0, 1.0)
    assert same(ones, tensor(1.0, 1.0), 0.0)
    assert not same(ones, tensor(1.0, 1.0, dtype=torch.float64), 1.0)
    assert not same(ones, tensor(1.0), 1.0)
    assert not same(ones, encode(torch.ones(1, 2)), 1.0)
    assert not same(ones, [1.0, 1.0], 1.0)
    assert same(encode(torch.ones(0, 3)), encode(torch.ones(0, 3)), 0.0)
    assert not same(encode(torch.ones(0, 3)), encode(torch.ones(0, 2)), 0.0)


def test_every_element_of_a_tensor_counts():
    assert not same(tensor(1.0, 2.0, 3.0), tensor(1.0, 2.0, 3.1), 1e-6)
    assert not same(tensor(1.0, NAN), tensor(NAN, 1.0), 1e-6)
    assert same(tensor(NAN, INF, 1.0), tensor(NAN, INF, 1.0), 1e-6)


def test_whole_numbers_and_truth_values_in_tensors_must_be_exact():
    assert not same(tensor(10**9, dtype=torch.int64), tensor(10**9 + 1, dtype=torch.int64), 1.0)
    assert not same(tensor(True, dtype=torch.bool), tensor(False, dtype=torch.bool), 1.0)


def test_complex_and_half_precision_tensors_are_compared_too():
    assert same(tensor(1 + 2j, dtype=torch.complex64), tensor(1 + 2j, dtype=torch.complex64), 1e-6)
    assert not same(tensor(1 + 2j, dtype=torch.complex64), tensor(1 - 2j, dtype=torch.complex64), 1e-6)
    assert same(tensor(1.0, dtype=torch.bfloat16), tensor(1.0, dtype=torch.bfloat16), 1e-6)
    assert not same(tensor(1.0, dtype=torch.bfloat16), tensor(1.1, dtype=torch.bfloat16), 1e-6)


def test_what_is_opaque_equals_nothing_not_even_itself():
    assert not same({"opaque": "f"}, {"opaque": "f"}, 1.0)


@pytest.mark.parametrize(
    "data",
    [5, None, "!", "", base64.b64encode(b"junk").decode(), base64.b64encode(save({"other": torch.ones(1)})).decode()],
)
def test_a_damaged_tensor_is_a_wrong_answer(data):
    for expected in (tensor(1.0), encode([torch.ones(1)]), encode({"a": torch.ones(1)})):
        got = json.loads(json.dumps(expected).replace(json.dumps(tensor(1.0)["tensor"]), json.dumps(data)))
        assert got != expected
        assert not agrees({"value": expected}, {"value": got}, 1.0)


def test_a_tensor_that_claims_to_be_larger_than_it_is_is_a_wrong_answer():
    header = b'{"t":{"dtype":"F32","shape":[1000000000,1000000000],"data_offsets":[0,4]}}'
    text = base64.b64encode(len(header).to_bytes(8, "little") + header + b"\0" * 4).decode()
    assert not agrees({"value": tensor(1.0)}, {"value": {"tensor": text}}, 1.0)


def test_a_key_nested_too_deep_is_a_wrong_answer():
    """Some depths can be read and not written, which is how keys are compared."""
    depth = read = 800
    while depth == read:
        depth += 1
        try:
            got = parse('{"value": {"dict": [[' + "[" * depth + "]" * depth + ", 1]]}}")
        except Unreadable:
            continue
        read = depth
        assert not agrees({"value": encode({1: 1})}, got, 1.0)
    assert 800 < read < 1000


def test_a_key_that_stands_there_twice_is_a_wrong_answer():
    expected = encode({"a": 1, "b": 2})
    assert not same(expected, {"dict": [["a", 1], ["a", 1]]}, 0.0)
    assert not same(expected, {"dict": [["a", 1], ["b", 2], ["b", 2]]}, 0.0)
    assert not same(expected, {"dict": [["a", 1], ["b", 2, 3]]}, 0.0)


def test_exceptions_agree_by_type_and_never_with_a_value():
    def raised(kind, message=""):
        return {"raised": {"type": kind, "message": message, "at": None}}

    assert agrees(raised("ValueError", "a"), raised("ValueError", "b"), 0.0)
    assert not agrees(raised("ValueError"), raised("TypeError"), 0.0)
    assert not agrees(raised("ValueError"), {"value": None}, 0.0)
    assert not agrees({"value": None}, raised("ValueError"), 0.0)
    assert not agrees({"value": None}, {"missing": "f"}, 0.0)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (None, "None"),
        (1, "int"),
        ([1], "list"),
        ({}, "dict"),
        ({1}, "set"),
        (torch.ones(1), "tensor"),
        (range(3), "range"),
        (b"", "bytes"),
    ],
)
def test_the_word_for_a_kind_is_one_a_learner_knows(value, word):
    assert kind_of(encode(value)) == word


def test_a_trusted_implementation_is_asked_with_the_seed_of_the_check(counting):
    task = counting.tasks["double_all"]
    check = task.checks[0]
    asked = [answers.ask(check, task.reference, seed, "double_all") for seed in (1, 1, 2)]
    assert asked[0] == asked[1] != asked[2]
