"""Overwrites other students' submissions, released notebooks, autograded copies and feedback.

Must happen: none of them is in the sandbox.
Says: FileNotFoundError
"""

# %%
import os

targets = [f"@COURSE@/{place}" for place in ("submitted", "exercises", "autograded", "feedback", "solutions")]
for target in targets:
    for top, _, names in os.walk(target):
        for name in names:
            open(os.path.join(top, name), "w").write("attack-was-here")
open("@COURSE@/submitted/attack-was-here", "w")
