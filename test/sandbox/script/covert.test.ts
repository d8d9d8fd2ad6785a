import { describe, expect, test } from 'vitest'
import type { Cell } from '../../../src/domain/glass.ts'
import { runnable } from '../../../src/sandbox/layout.ts'
import { PYTHON } from '../../../src/sandbox/script/jobs.ts'
import { available } from '../../support/require.ts'
import { launchers } from '../launchers.ts'
import { askPersons } from './ask.ts'

/**
 * Ways in which a person function could say more than its declared value, or say it to the next person. Persons with an even
 * number have a secret and try one way each; what is answered of everybody else is what a function without them answers.
 */
const jails = available('python', runnable(PYTHON)) ? launchers() : []
const answers = (jail: (typeof jails)[number], text: string, persons: number) =>
  askPersons(jail, text, persons, {
    language: 'python',
    reads: { obs: ['v'] },
    step: 0.5,
    quantumMs: 1500,
    records: (v) => ({ obs: [{ v }] }),
  })

/** What is tried, and what the person who tries it may be answered as: its own value, or the default. */
const attempts: readonly (readonly [name: string, attempt: string])[] = [
  ['an exit code', 'os._exit(3)'],
  ['a signal to itself', 'os.kill(os.getpid(), signal.SIGTERM)'],
  ['a duration', 'while True: pass'],
  ['a sleep', 'time.sleep(60)'],
  ['an alarm for later', 'signal.alarm(1)'],
  ['a last word at exit', 'atexit.register(lambda: os.write(3, b"A 0 {\\"n\\":99}\\n"))'],
  ['a file name', 'open("/tmp/secret-is-yes", "w").close()'],
  ['a lock', 'fcntl.flock(3, fcntl.LOCK_EX)'],
  ['a record lock', 'fcntl.lockf(3, fcntl.LOCK_EX)'],
  ['a forked child', 'os.fork()'],
  ['the offset of a descriptor', 'os.lseek(0, 5, os.SEEK_SET)'],
  ['the flags of a descriptor', 'fcntl.fcntl(3, fcntl.F_SETFL, os.O_NONBLOCK)'],
  ['a flood of log', 'print("secret " * 1000000); sys.stderr.write("secret " * 1000000)'],
  ['a flood of answers', 'for _ in range(2000): os.write(3, b"A 0 " + b"x" * 4000 + b"\\n")'],
  ['duplicate keys', `json.dumps = lambda *a, **k: '{"n": 1, "n": 2}'`],
  ['a counter in a module', 'math.seen = 1'],
  ['the environment', 'os.environ["SEEN"] = "1"'],
  ['a patched runner', 'sys.modules["__main__"].turn = None'],
  ['a priority', 'os.nice(5)'],
]
const trying = `import atexit, fcntl, json, math, os, signal, sys, time
ATTEMPTS = ${JSON.stringify(attempts.map(([, attempt]) => attempt))}
def person(records):
    v = records["obs"][0]["v"]
    if v % 2 == 0:
        try:
            exec(ATTEMPTS[v // 2], globals())
        except Exception:
            pass
    seen = getattr(math, "seen", 0) + len(os.environ.get("SEEN", ""))
    return {"n": v + 50 * seen if v % 2 == 1 else v}
`

/** What a value that is no value of the domain becomes. */
const values: readonly (readonly [name: string, value: string, answer: Cell])[] = [
  ['low bits', '1 + 0.123456789', 1],
  ['no number', 'float("nan")', 7],
  ['no end', '1e999', 7],
  ['a large whole number', '10 ** 400', 7],
  ['a text in place of a number', '"secret"', 7],
  ['yes in place of a number', 'True', 7],
  ['deep nesting', 'eval("[" * 60 + "]" * 60)', 7],
  ['a value of the domain', '12.5', 12.5],
]
const saying = `VALUES = ${JSON.stringify(values.map(([, value]) => value))}
def person(records):
    return {"n": eval(VALUES[records["obs"][0]["v"]])}
`

describe.each(jails)('under $launcher', (jail) => {
  test(`${attempts.length} covert ways say nothing to anybody else`, async () => {
    const said = await answers(jail, trying, 2 * attempts.length)
    attempts.forEach(([name], i) => {
      expect.soft([2 * i, 7], name).toContain(said[2 * i])
      expect.soft(said[2 * i + 1], `the one after ${name}`).toBe(2 * i + 1)
    })
  })

  /** A person of an odd ten is slow; `lsl` of this segment tells which processor one is on. */
  const where = `import ctypes
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
def processor():
    at = libc.mmap(None, 4096, 7, 0x22, -1, 0)
    ctypes.memmove(at, bytes([0xB8, 0x7B, 0, 0, 0, 0x0F, 0x03, 0xC0, 0xC3]), 9)
    return ctypes.CFUNCTYPE(ctypes.c_int)(at)() & 0xFFF
def person(r):
    if r["obs"][0]["v"] // 10 % 2 == 1:
        for _ in range(2000000): pass
    return {"n": processor()}
`
  test.skipIf(process.arch !== 'x64')(
    'nobody can move those after them to another processor',
    async () => {
      expect(new Set(await answers(jail, where, 120)).size).toBe(1)
    },
    60_000,
  )

  test('a value outside the domain is the default, and low bits are rounded away', async () => {
    expect(await answers(jail, saying, values.length)).toEqual(values.map(([, , answer]) => answer))
  })
})
