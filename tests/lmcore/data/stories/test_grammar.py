import pytest

from lmcore.data.stories import Grammar, tell
from lmcore.data.stories.words import LISTS, NUMBERS, words_of


def story(text, *choices):
    return tell(choices, Grammar(text)).text


def test_branches_slots_forms_and_numbers_are_written_as_the_notation_says():
    assert story("[Near|Far away] it was.", 1) == "Far away it was."
    assert story("[A [b c|d]|E] f", 0, 1) == "A d f"
    assert story('"{toy:object.a}," said {toy}.', LISTS["object"].index("oar")) == '"an oar," said oar.'
    assert story("{x:name} saw {x.him}. {x.He} is {x.his} own.", 0) == "Ada saw her. She is her own."
    assert story("{x:name} saw {x.him}. {x.He} is {x.his} own.", 39) == "Walter saw him. He is his own."
    assert story("{f:food}, two {f.s}", 1) == "berry, two berries"
    plums = "{n:1..2} {f:food*n} {n?is/are} {n}; {m:0..n-1} less, {left=n-m} {f*left}"
    assert story(plums, 0, LISTS["food"].index("plum")) == "one plum is one; zero less, one plum"
    assert story(plums, 1, LISTS["food"].index("plum"), 0) == "two plums are two; zero less, two plums"
    assert story(plums, 1, LISTS["food"].index("plum"), 1) == "two plums are two; one less, one plum"


def test_a_word_comes_once_in_a_story():
    lists = {"name": ("Ada", "Ben")}
    assert tell([1], Grammar("{x:name} {y:name}", lists)).text == "Ben Ada"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[a b|a b c] d", "begins with"),
        ("[a|a] d", "begins with"),
        ("[{x:name} a|{x:name} b]", "begins with ''"),
        ("[a|] b", "begins with ''"),
        ("[a] b", "two options"),
        ("{x:name.he}", "begins with"),
        ("{x} was here", "before it is introduced"),
        ("[a {x:name}|b] {x}", "before it is introduced, or is introduced in one option only"),
        ("{x:name} {x:name}", "introduced twice"),
        ("[a {x:name}|b] {x:name}", "introduced twice"),
        ("{x:dragon}", "no list 'dragon'"),
        ("{x:object.he}", "only names have the pronoun"),
        ("{x:name.its}", "no form 'its'"),
        ("{n:1..3.a}", "a number has no article"),
        ("{x:name?is/are}", "only a number decides"),
        ("{n:1..3?is/are}", "written as a number where it is chosen"),
        ("{f:food*n}", "needs the number 'n'"),
        ("{x:name} {f:food*x}", "needs the number 'x'"),
        ("{n:1..k}", "needs the number 'k'"),
        ("[a {x:name}|b {x:place}] c", "two lists in two plots"),
        ("a [b|c", "never closed"),
        ("a b] c", "without a bracket"),
        ("a | b", "without a bracket"),
        ("a[b|c]", "brackets stand between spaces"),
        ("[b|c], a", "brackets stand between spaces"),
        ("{x:name}{x}", "does not read as a slot"),
        ("{x: name}", "does not read as a slot"),
        ("pre{x:name}", "does not read as a slot"),
    ],
)
def test_a_text_that_breaks_a_rule_is_refused_with_the_reason(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        Grammar(text)


def test_lists_that_run_out_or_share_a_word_are_refused():
    with pytest.raises(ValueError, match="has 2 words; a story may need more"):
        Grammar("{x:name} {y:name} [a {z:name}|b]", {"name": ("Ada", "Ben")})
    with pytest.raises(ValueError, match="'Ada' is 2 times in the lists"):
        Grammar("{x:name}", {"name": ("Ada", "Ben"), "place": ("Ada", "barn")})
    with pytest.raises(ValueError, match="'fire engine' in the list 'object' is not one word"):
        Grammar("{x:object}", {"object": ("fire engine", "kite")})
    with pytest.raises(ValueError, match="'two'"):
        Grammar("{x:object}", {"object": ("two", "kite")})


def test_a_number_out_of_its_limits_is_refused_when_it_comes_up():
    with pytest.raises(ValueError, match=r"1 to 0 here"):
        tell([0, 0], Grammar("{n:1..2} {m:1..n-1}"))
    with pytest.raises(ValueError, match="a-b is -1 here"):
        tell([0, 1], Grammar("{a:1..2} {b:1..2} {c=a-b}"))


def test_words_are_runs_of_letters_and_single_marks():
    assert words_of("\"It's Nora's,\" he said… 7") == ['"', "It's", "Nora's", ",", '"', "he", "said", "…", "7"]
    assert words_of(" \n\t ") == []


def test_there_are_forty_characters_objects_and_places_and_no_word_is_in_two_lists():
    assert all(len(LISTS[name]) >= 40 for name in ("name", "object", "place"))
    words = [word for words in LISTS.values() for word in words]
    assert len(set(words) | set(NUMBERS)) == len(words) + len(NUMBERS)
