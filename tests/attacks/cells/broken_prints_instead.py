"""Prints the result instead of returning it. Nothing hostile.

Must happen: no points; the feedback says that None came back.
Says: got None
"""


# %% letters
def letters(text):
    print({letter: text.count(letter) for letter in text})


# %% mean
def mean(numbers):
    print(sum(numbers) / len(numbers))
