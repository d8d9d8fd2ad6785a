"""Python as the language of a person function."""

import ast
import importlib
import json
import random
import sys

import vitrine  # the SDK, so that `import vitrine` in a script opens no file

SKIP = {"antigravity", "this", "idlelib", "turtle", "turtledemo", "tkinter", "lib2to3"}
#: Run once before any fork, so that what the interpreter keeps of a first time is shared and not made by every child.
OURS = 'def person(records):\n    return {"n": len([row["a"] for row in records["t"]])}'


class Nowhere:
    """Standard output of a person: nobody may read what is said about one."""

    def write(self, text):
        return len(text)

    def flush(self):
        pass


def imports(tree):
    """Every module that the text names in an import, outermost part first."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def preload(tree, libraries):
    """Imports what the text will ask for: standard library and curated libraries only. A name that is no module is nothing."""
    for name in imports(tree):
        root = name.partition(".")[0]
        if root in SKIP or not (root in sys.stdlib_module_names or root in libraries):
            continue
        try:
            importlib.import_module(name)
        except ImportError:
            pass


def prepare(job):
    """Compiles the text without running any of it. A text that is not Python answers nothing for anybody."""
    try:
        tree = ast.parse(job["text"])
        preload(tree, set(job["libraries"]))
        code = compile(tree, "<script>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        code = compile("", "<script>", "exec")
    random.seed(job["seed"])
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(job["seed"] & 0xFFFFFFFF)
    encode = json.JSONEncoder(allow_nan=False, default=plain).encode

    def evaluate(records, code=code):
        sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Nowhere()
        sys.stdin = sys.__stdin__ = None
        scope = {"__name__": "__script__", "clamp": vitrine.clamp}
        exec(code, scope)
        return encode(scope["person"](json.loads(records))).encode()

    evaluate(b'{"t":[{"a":1.5}]}', compile(OURS, "<ours>", "exec"))
    return evaluate


def plain(value):
    """NumPy's scalars as Python's."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError
