"""What became of a graded assignment: ``python -m lmgrade report ASSIGNMENT``.

The files, in the order in which they are read: `collect` takes what was graded out of the gradebook and the autograded
notebooks; `statistics` counts it; `fingerprints` and `likeness` look for answers that are nearly the same; `summary`
puts the three together. `terminal`, `page` (with its `plots`) and `tables` show the summary. `command` is the command.
"""
