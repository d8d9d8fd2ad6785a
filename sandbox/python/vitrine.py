"""
What a script uses of Vitrine; sandbox/README.md has a complete example. The same on a laptop, over dummy data:
`VITRINE_DATA=folder python3 study.py` prints the outputs as JSON.
"""

import array
import atexit
import datetime
import json
import os
import sys

#: For generators that want a seed of their own: numpy.random.default_rng(vitrine.seed).
seed = int(os.environ.get("VITRINE_SEED", "1"))
outputs = {}
TYPES = {"person": "i", "text": "i", "integer": "q", "decimal": "d", "boolean": "b", "date": "i", "timestamp": "q"}
DAY = datetime.date(1970, 1, 1)


def clamp(value, low, high):
    """The value, or the nearer bound; None stays None."""
    return None if value is None else min(max(value, low), high)


def progress(text):
    """A line for the log, which reviewers alone read."""
    print(text, file=sys.stderr)


def path(name):
    return os.path.join(os.environ["VITRINE_DATA"], name)


def manifest():
    with open(path("manifest.json"), encoding="utf-8") as file:
        return json.load(file)["tables"]


def numbers(column):
    """The column as it lies on disk: .npy 1.0, little endian, one dimension."""
    with open(path(column["file"]), "rb") as file:
        head = file.read(10)
        file.seek(10 + head[8] + 256 * head[9])
        values = array.array(TYPES[column["type"]])
        values.frombytes(file.read())
        return values


def values(column):
    """The column as Python values; None where nothing is known."""
    kind, raw = column["type"], numbers(column)
    if kind == "text":
        with open(path(column["levels"]), encoding="utf-8") as file:
            levels = json.load(file)
        return [None if code < 0 else levels[code] for code in raw]
    if kind == "decimal":
        return [None if number != number else number for number in raw]
    if kind == "boolean":
        return [None if number < 0 else number == 1 for number in raw]
    if kind == "date":
        return [None if day == -(2**31) else (DAY + datetime.timedelta(day)).isoformat() for day in raw]
    return [None if number == -(2**63) else number for number in raw]


def table(name):
    """A table by column: {"person": [...], "<column>": [...]}. Days are texts like 2024-02-29."""
    return {name: values(column) for name, column in manifest()[name]["columns"].items()}


def rows(name):
    """A table by row: [{"person": 0, "<column>": value}, ...], in the order of the workspace."""
    columns = table(name)
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


def frame(name):
    """A table as a pandas DataFrame, where pandas is installed."""
    import pandas

    return pandas.DataFrame(table(name))


def people(reads):
    """What a function `person` gets of each person, to try it on a laptop: {"<table>": ["<column>", ...]} as in `reads`."""
    of = {}
    for name, columns in reads.items():
        for row in rows(name):
            records = of.setdefault(row["person"], {table: [] for table in reads})
            records[name].append({column: row[column] for column in columns})
    return [of[person] for person in sorted(of)]


def join(left, right):
    """Each row of `left` with each row of `right` of the same person; a row without one is left out."""
    of = {}
    for row in right:
        of.setdefault(row["person"], []).append(row)
    return [{**other, **row} for row in left for other in of.get(row["person"], [])]


def summarise(rows, by, of=None):
    """
    Rows for `output_table`, one per group: labels `by`, value the number of persons; with `of`, values persons, sum and mean
    of that column where it is known, and the shares of the two persons who contribute most.
    """
    groups = {}
    for row in rows:
        if of is None or row[of] is not None:
            persons = groups.setdefault(tuple(row[name] for name in by), {})
            persons.setdefault(row["person"], []).append(0 if of is None else row[of])
    order = sorted(groups, key=lambda labels: [(label is not None, label) for label in labels])
    return [summary(labels, groups[labels], of is not None) for labels in order]


def summary(labels, persons, amounts):
    if not amounts:
        return {"labels": list(labels), "values": [len(persons)], "persons": len(persons)}
    total = sum(sum(part) for part in persons.values())
    count = sum(len(part) for part in persons.values())
    row = {"labels": list(labels), "values": [len(persons), total, total / count], "persons": len(persons)}
    return {**row, "top": shares(abs(sum(part)) for part in persons.values())}


def shares(amounts):
    """The shares that the two largest of these amounts, one per person, have in their sum."""
    amounts = sorted(amounts, reverse=True)
    total = sum(amounts)
    return [amount / total if total > 0 else 0 for amount in (amounts + [0, 0])[:2]]


def output_table(name, labels, values, rows):
    """rows: {"labels": [...], "values": [...], "persons": n, "top": [share, share]}; `top` for sums and means of amounts."""
    put(name, {"labels": labels, "values": values, "rows": rows})


def output_model(name, terms, persons, parameters, leverage, outcome=None):
    """terms: {"term", "estimate", "se", "persons"}; `outcome`: persons on the smaller side of an outcome that is yes or no."""
    model = {"terms": terms, "persons": persons, "parameters": parameters, "leverage": leverage}
    put(name, model if outcome is None else {**model, "outcome": outcome})


def output_figure(name, x, y, points):
    """points: {"series", "x", "y", "persons"}. We draw the figure; an image is no output."""
    put(name, {"x": x, "y": y, "points": points})


def put(name, value):
    if name in outputs:
        raise ValueError("an output is given once")
    if not outputs and "VITRINE_JAIL" not in os.environ:
        atexit.register(lambda: hasattr(sys, "last_type") or print(encoded()))
    outputs[name] = value


def encoded():
    return json.dumps(outputs, allow_nan=False, default=plain)


def plain(value):
    """NumPy's scalars as Python's."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError
