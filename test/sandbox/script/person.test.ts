import { expect, test } from 'vitest'
import { runnable } from '../../../src/sandbox/layout.ts'
import { PYTHON } from '../../../src/sandbox/script/jobs.ts'
import { available } from '../../support/require.ts'
import { launchers } from '../launchers.ts'
import { askPersons } from './ask.ts'

const jails = available('python', runnable(PYTHON)) ? launchers() : []

const run = (jail: (typeof jails)[number], text: string, persons = 3, quantumMs = 5000) =>
  askPersons(jail, text, persons, {
    language: 'python',
    reads: { obs: ['v'] },
    step: 0.5,
    quantumMs,
    records: (i) => ({ obs: [{ v: 10 + i }] }),
  })
const OK = 'def person(r):\n    return {"n": r["obs"][0]["v"]}\n'
/** Person i makes attempt i: 1 where it worked, 0 where it was refused, the default 7 where it was killed. */
const attempts = (bodies: readonly string[]): string =>
  `import os, ctypes, struct, sys, time, signal, threading, atexit, fcntl, socket, subprocess
ATTEMPTS = ${JSON.stringify(bodies)}
def person(r):
    try:
        exec(ATTEMPTS[r["obs"][0]["v"] - 10], globals())
        return {"n": 1}
    except Exception:
        return {"n": 0}
`

/** System calls by number, as no function of Python makes them; `page` lies in a file that every jail has mapped. */
const RAW = `libc = ctypes.CDLL(None, use_errno=True)
x86 = struct.calcsize("P") == 8 and sys.implementation._multiarch.startswith("x86_64")
FSTAT, FUTEX, MADVISE = (5, 202, 28) if x86 else (80, 98, 233)
buf = ctypes.create_string_buffer(256)
page = ctypes.c_void_p(ctypes.cast(libc.getpid, ctypes.c_void_p).value & -4)`
const refused: Readonly<Record<string, string>> = {
  'a file outside': 'open("/etc/passwd").read()',
  'a library file': 'open("/usr/lib/python3/dist-packages/numpy/__init__.py").read()',
  'a new file': 'open("/tmp/x", "w").write("x")',
  'a file below /dev/shm': 'open("/dev/shm/x", "w")',
  'the names in a folder': 'os.listdir("/")',
  'its own process': 'open("/proc/self/environ").read()',
  'its parent': 'open("/proc/1/environ").read()',
  'whether a file is there': 'os.stat("/etc/passwd")',
  'a fork': 'os.fork()',
  'a thread': 'threading.Thread(target=print).start()',
  'a program': 'subprocess.run(["/bin/sh", "-c", "true"])',
  'a socket': 'socket.socket()',
  'a signal to its parent': 'os.kill(os.getppid(), 9)',
  'a signal to everybody': 'os.kill(-1, 9)',
  'a pipe': 'os.pipe()',
  'a lock': 'fcntl.flock(3, fcntl.LOCK_EX)',
  'flags of a shared descriptor': 'fcntl.fcntl(3, fcntl.F_SETFL, os.O_NONBLOCK)',
  'the requests of others': 'os.read(4, 1)',
  'the answers of others': 'os.read(3, 1)',
  'the log': 'os.write(1, b"x")',
  'the clock': 'time.time()',
  'the steady clock': 'time.monotonic()',
  'the clock of its parent': 'time.clock_gettime(-((1 << 3) | 2))',
  sleeping: 'time.sleep(0.01)',
  randomness: 'os.urandom(1)',
  'a memory file': 'os.memfd_create("x")',
  'a variable of the gateway': 'os.environ["PATH"]',
  'a variable of the home': 'os.environ["HOME"]',
  'the host': 'os.uname()',
  'when its pipe was written to': `${RAW}
for fd in range(64):
    if fd != 3 and libc.syscall(FSTAT, fd, buf) == 0: break
else:
    raise PermissionError`,
  'a futex on a page of a file': `${RAW}
if libc.syscall(FUTEX, page, 1, 0, None, None, 0) < 0: raise PermissionError`,
  'a wait on a page of a file': `${RAW}
if libc.syscall(FUTEX, page, 0, ~ctypes.c_int.from_address(page.value).value, None, None, 0) and ctypes.get_errno() == 1:
    raise PermissionError`,
  'the pages of a file made huge': `${RAW}
libc.syscall(MADVISE, ctypes.c_void_p(page.value & -4096), 4096, 25)
if ctypes.get_errno() == 1: raise PermissionError`,
  'a page of the pool of the machine': `${RAW}
libc.mmap(None, 1 << 21, 3, 0x40022, -1, 0)
if ctypes.get_errno() == 1: raise PermissionError`,
  'a new root': 'os.chroot("/")',
}

for (const jail of jails) {
  test(`answers each person in order, defaults where it fails (${jail.launcher})`, async () => {
    expect(await run(jail, OK)).toEqual([10, 11, 12])
    const odd = OK.replace('return', 'assert r["obs"][0]["v"] != 11\n    return')
    expect(await run(jail, odd)).toEqual([10, 7, 12])
    expect(await run(jail, 'def person(:')).toEqual([7, 7, 7])
    const slow = OK.replace('return', 'while r["obs"][0]["v"] == 11: pass\n    return')
    expect(await run(jail, slow, 3, 1500)).toEqual([10, 7, 12])
  }, 60_000)

  test(`refuses ${Object.keys(refused).length} things to a person (${jail.launcher})`, async () => {
    const bodies = ['1 + 1', ...Object.values(refused)]
    const [control, ...values] = await run(jail, attempts(bodies), bodies.length)
    expect(control).toBe(1)
    const open = Object.keys(refused).filter((_, i) => values[i] === 1)
    expect(open).toEqual([])
  }, 120_000)

  test(`carries nothing from one person to the next (${jail.launcher})`, async () => {
    const counters = [
      'n = 0\ndef person(r):\n    global n\n    n += 1\n    return {"n": n}\n',
      'import sys\ndef person(r):\n    sys.n = getattr(sys, "n", 0) + 1\n    return {"n": sys.n}\n',
      'import os\ndef person(r):\n    os.environ["N"] = os.environ.get("N", "") + "x"\n    return {"n": len(os.environ["N"])}\n',
      'import json\ndef person(r):\n    json.n = getattr(json, "n", 0) + 1\n    json.JSONEncoder.encode = lambda *a: 1 / 0\n    return {"n": json.n}\n',
      'import __main__\ndef person(r):\n    __main__.n = getattr(__main__, "n", 0) + 1\n    __main__.serve = None\n    return {"n": __main__.n}\n',
    ]
    for (const text of counters) expect(await run(jail, text)).toEqual([1, 1, 1])
  }, 60_000)

  test(`lets no person answer for another (${jail.launcher})`, async () => {
    const forger = `import os\ndef person(r):\n    if r["obs"][0]["v"] == 10:\n        os.write(3, b"\\nE " + b"0" * 32 + b"\\nA " + b"0" * 32 + b' {"n": 5}\\n' + b"x" * 200000)\n    return {"n": r["obs"][0]["v"]}\n`
    expect((await run(jail, forger)).slice(1)).toEqual([11, 12])
  }, 60_000)
}
