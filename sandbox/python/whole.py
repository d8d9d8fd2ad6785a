"""Runs a script over the whole workspace: its text comes on fd 4, its outputs leave in one message on fd 3."""

import ast
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import vitrine
from python_person import imports

NUMERIC = {"numpy", "pandas", "scipy", "statsmodels"}


def main():
    with open(4, encoding="utf-8") as file:
        text = file.read()
    tree = ast.parse(text)
    random.seed(vitrine.seed)
    if any(name.partition(".")[0] in NUMERIC for name in imports(tree)):
        import numpy

        numpy.random.seed(vitrine.seed)
    exec(compile(tree, "<script>", "exec", dont_inherit=True), {"__name__": "__main__"})
    message = memoryview(vitrine.encoded().encode())
    while message:
        message = message[os.write(3, message):]


main()
