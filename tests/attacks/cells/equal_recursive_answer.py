"""Answers with lists and dicts that hold themselves.

Must happen: packing them ends with an error in the learner's process.
Says: Raised RecursionError
"""


# %% letters
def letters(text):
    answer = {}
    answer["a"] = [answer]
    return answer


# %% mean
def mean(numbers):
    answer = []
    answer.append(answer)
    return answer
