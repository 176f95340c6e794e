# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %%
import torch

# %% nbgrader={"grade": false, "grade_id": "softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax(x, dim):
    ### BEGIN SOLUTION
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-softmax", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
assert softmax(torch.zeros(2), dim=0).tolist() == [0.5, 0.5]
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("small", "softmax")
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "letters", "locked": false, "schema_version": 3, "solution": true, "task": false}
def letters(text):
    ### BEGIN SOLUTION
    return {letter: text.count(letter) for letter in text}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-letters", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
assert letters("") == {}
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("small", "letters")
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "mean", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mean(numbers):
    ### BEGIN SOLUTION
    return sum(numbers) / len(numbers)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-mean", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
assert mean([1, 2]) == 1.5
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("small", "mean")
### END HIDDEN TESTS
