"""What runs inside the sandbox: a warm parent that forks a fenced process for each learner's kernel.

Bubblewrap starts it (`lmgrade.sandbox`) with this folder and nothing else of lmgrade in sight, so it stands alone: the
standard library, and the packages that a kernel needs anyway. From the outside in:

* ``__main__``, the warm parent, has imported what kernels need. It runs no learner code; it forks a keeper for each
  kernel.
* ``keeper`` lives in namespaces of its own (`fence`), carries bytes between grader and kernel, counts memory and bytes.
* the kernel's first process has number 1 in its own namespace: when it ends, all that a learner left behind ends too.
* ``kernel``, its child, is the ipykernel that runs learner code, without any privilege.
"""
