"""Does not parse: the answer cell was left half-edited, without its first line. Nothing hostile.

Must happen: that task earns nothing, the others are judged.
Earns: letters 1
Says: SyntaxError
Says: Nothing called `mean` is defined
"""


# %% letters
def letters(text):
    return {letter: text.count(letter) for letter in text}


# %% mean
numbers = []
return sum(numbers) / len(numbers)
