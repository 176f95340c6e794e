import pytest
import torch

from lmcore.visible import attempt, expect, refused


def test_an_error_says_which_call_it_came_from():
    def halve(x, times=1):
        raise TypeError("no")

    with pytest.raises(TypeError, match="no") as raised:
        attempt(halve, torch.tensor([1.0, 2.0]), times=3)
    assert raised.value.__notes__ == ["This happened in halve(tensor([1.0, 2.0]), times=3)."]
    with pytest.raises(TypeError) as raised:
        attempt(halve, torch.zeros(30, 40), "word " * 100)
    assert "a tensor of the shape (30, 40), 'word word" in raised.value.__notes__[0]
    assert len(raised.value.__notes__[0]) < 150


def test_a_call_that_works_gives_what_it_gives():
    assert attempt(sorted, [2, 1], reverse=True) == [2, 1]


def test_equal_tensors_are_accepted_also_with_nan_and_infinity():
    x = torch.tensor([1.0, torch.nan, torch.inf, -torch.inf])
    expect(x.clone(), x, "f(x)")
    expect(torch.tensor([True]), torch.tensor([True]), "f(x)")
    expect(torch.tensor([1000.05]), torch.tensor([1000.0]), "f(x)")
    expect(torch.zeros(0), torch.zeros(0), "f(x)")


@pytest.mark.parametrize(
    ("got", "told"),
    [
        (None, "f(x) gives None: does the function end with a return?"),
        ([1.0, 2.0], r"f(x) should be a tensor; yours is [1.0, 2.0]"),
        (torch.zeros(2, 1), "f(x) should have the shape (2,); yours has (2, 1)"),
        (torch.tensor([1.0, 2.0]).double(), "f(x) should be torch.float32; yours is torch.float64"),
        (torch.tensor([1.0, 2.5]), "f(x) should be\n  [1.0, 2.0]\nand yours is\n  [1.0, 2.5]"),
        (torch.tensor([1.0, torch.nan]), "f(x) should be\n  [1.0, 2.0]\nand yours is\n  [1.0, nan]"),
        (torch.tensor([1.0, 2.001], requires_grad=True), "f(x) should be\n  [1.0, 2.0]\nand yours is\n  [1.0, 2.001]"),
    ],
)
def test_what_is_wrong_is_said_in_words(got, told):
    with pytest.raises(AssertionError) as raised:
        expect(got, torch.tensor([1.0, 2.0]), "f(x)")
    assert str(raised.value) == told


def test_of_a_large_tensor_the_first_wrong_place_is_named():
    wanted = torch.zeros(5, 10)
    got = wanted.clone()
    got[2, 3] = got[4, 4] = 0.25
    with pytest.raises(AssertionError) as raised:
        expect(got, wanted, "f(x)")
    assert str(raised.value) == "f(x) is wrong in 2 of 50 places. The first is [2, 3]: 0.0 was expected, 0.25 came"


def test_a_refusal_gives_its_message():
    assert refused(int, "seven") == "invalid literal for int() with base 10: 'seven'"
    assert refused(dict.popitem, {}, error=KeyError) == "'popitem(): dictionary is empty'"


def test_what_is_not_refused_is_told_and_so_is_another_exception():
    with pytest.raises(AssertionError) as raised:
        refused(int, "7")
    assert str(raised.value) == "int('7') should raise ValueError; it gave 7"
    with pytest.raises(AssertionError) as raised:
        refused(len, 7)
    assert (
        str(raised.value) == "len(7) should raise ValueError; it ended in TypeError: object of type 'int' has no len()"
    )


def test_a_function_not_written_yet_says_so():
    def later(x):
        raise NotImplementedError

    with pytest.raises(NotImplementedError):
        refused(later, 1)
