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

# %% [markdown]
# # Counting

# %%
seven = 7

# %% nbgrader={"grade": false, "grade_id": "double-all", "locked": false, "schema_version": 3, "solution": true, "task": false}
def double_all(numbers):
    ### BEGIN SOLUTION
    return [2 * number for number in numbers]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-double-all", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
assert double_all([1]) == [2]
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("counting", "double_all")
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "letters", "locked": false, "schema_version": 3, "solution": true, "task": false}
def letters(text):
    ### BEGIN SOLUTION
    return {letter: text.count(letter) for letter in text}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-letters", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
assert letters("") == {}
### BEGIN HIDDEN TESTS
import lmgrade; lmgrade.grade("counting", "letters")
### END HIDDEN TESTS

# %% [markdown] nbgrader={"grade": true, "grade_id": "question", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Seven.
# ### END SOLUTION
