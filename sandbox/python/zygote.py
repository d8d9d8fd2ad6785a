"""Evaluates a function of one person's records, each person in a process of its own (person mode).

This process is trusted and never holds a person's data, so that nothing of one person is left in the memory that the next
one inherits. It forks; the child reads its own records from fd 4, gives up everything but its answer, and only then meets
the script. What the parent sends, per person: length (10 digits), a token (32 characters), the records; then a second token
that this process reads once the child is dead, so that no child can end another one's turn. On fd 3 a child writes
`A <its token> <JSON>`; this process writes `E <second token>`.
"""

import ctypes
import gc
import json
import os
import sys

import confine

REQUESTS, ANSWERS = 4, 3
LENGTH, TOKEN = 10, 32
libc = ctypes.CDLL(None, use_errno=True)
#: Not os.fork: its hooks would draw a fresh random seed per child, and write to a third of the interpreter's pages.
fork = ctypes.PyDLL(None).fork


def exactly(count):
    """Reads so many bytes of the requests; None at their end."""
    parts = bytearray()
    while len(parts) < count:
        part = os.read(REQUESTS, count - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)


def first_line():
    """The job: one line of JSON, read byte by byte so that no record is read ahead."""
    line = bytearray()
    while not line.endswith(b"\n"):
        line += os.read(REQUESTS, 1) or b"\n"
    return json.loads(line)


def turn(evaluate, limits, life):
    """One person, in the child. Never returns."""
    try:
        os.close(life[0])
        head = exactly(LENGTH + TOKEN)
        if head is None:
            os._exit(0)
        records = exactly(int(head[:LENGTH]))
        token = head[LENGTH:]
        os.write(life[1], b"r")
        confine.close_all_but(ANSWERS, life[1])
        confine.lock(limits)
        answer = evaluate(records)
        message = memoryview(b"A " + token + b" " + answer + b"\n")
        while message:
            message = message[os.write(ANSWERS, message):]
    finally:
        os._exit(0)


def serve(evaluate, job):
    """Every person in turn. Each step after the fork is the same whatever the child did, and keeps nothing of it."""
    limits = confine.Limits(job)
    quantum = job["quantumMs"]
    poll = confine.Poll()
    byte = ctypes.create_string_buffer(1)
    gc.collect()
    gc.freeze()
    gc.disable()
    while True:
        life = os.pipe()
        child = fork()
        if child == 0:
            turn(evaluate, limits, life)
        if child < 0:
            os._exit(1)  # or -1 would be everybody to kill, and the records of the person would be read here
        os.close(life[1])
        libc.read(life[0], byte, 1)
        poll.wait(life[0], quantum)
        libc.kill(child, 9)
        libc.waitpid(child, None, 0)
        poll.wait(life[0], 0)
        os.close(life[0])
        end = exactly(TOKEN)
        if end is None:
            return
        os.write(ANSWERS, b"\nE " + end + b"\n")


def main():
    job = first_line()
    heap = confine.libc.sbrk(0)
    if job["language"] == "r":
        import r_person as language
    else:
        import python_person as language
    evaluate = language.prepare(job)
    confine.together(heap)
    confine.stay()
    hidden = confine.stop_clocks()
    os.write(ANSWERS, b"ready\n" if hidden else b"ready, clocks show\n")
    serve(evaluate, job)


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main()
