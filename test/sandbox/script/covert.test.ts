import { describe, expect, test } from 'vitest'
import type { Cell } from '../../../src/domain/glass.ts'
import type { PersonScript } from '../../../src/domain/script.ts'
import { runnable } from '../../../src/sandbox/layout.ts'
import { PYTHON } from '../../../src/sandbox/script/jobs.ts'
import { createScripts } from '../../../src/sandbox/script/scripts.ts'
import { available } from '../../support/require.ts'
import { launchers } from '../launchers.ts'

/**
 * Ways in which a person function could say more than its declared value, or say it to the next person. Person 0 has the
 * secret and tries; what is answered of everybody is what a function without the attempt answers.
 */
const jails = available('python', runnable(PYTHON)) ? launchers() : []
const script = (text: string): PersonScript => ({
  mode: 'person',
  language: 'python',
  text,
  reads: { obs: ['v'] },
  fields: [
    {
      name: 'n',
      type: 'decimal',
      domain: { kind: 'range', min: 0, max: 100, step: 0.5 },
      otherwise: 7,
    },
  ],
})
const PERSONS = [0, 1, 2, 3]
async function answers(
  jail: (typeof jails)[number],
  attempt: string,
  value = 'v',
): Promise<Cell[]> {
  const text = `import atexit, fcntl, json, math, os, signal, sys, time
def attempt(v):
${attempt
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
def person(records):
    v = records["obs"][0]["v"]
    if v == 0:
        try:
            attempt(v)
        except Exception:
            pass
    return {"n": ${value}}
`
  const out: Cell[] = []
  async function* records() {
    for (const v of PERSONS) yield JSON.stringify({ obs: [{ v }] })
  }
  await createScripts({ jail, quantumMs: 1500 }).persons({
    script: script(text),
    records: records(),
    answer: ([n = null]) => out.push(n),
  })
  return out
}

/** What a person's own value becomes; nobody else's changes. */
const attempts: readonly (readonly [name: string, attempt: string, own: Cell])[] = [
  ['an exit code', 'os._exit(3)', 7],
  ['a signal to itself', 'os.kill(os.getpid(), signal.SIGTERM)', 0],
  ['a duration', 'while True: pass', 7],
  ['a sleep', 'time.sleep(60)', 0],
  ['an alarm for later', 'signal.alarm(1)', 0],
  ['a last word at exit', 'atexit.register(lambda: os.write(3, b"A 0 {\\"n\\":99}\\n"))', 0],
  ['a file name', 'open("/tmp/secret-is-yes", "w").close()', 0],
  ['a lock', 'fcntl.flock(3, fcntl.LOCK_EX)', 0],
  ['a record lock', 'fcntl.lockf(3, fcntl.LOCK_EX)', 0],
  ['a forked child', 'os.fork()', 0],
  ['the offset of a descriptor', 'os.lseek(0, 5, os.SEEK_SET)', 0],
  ['the flags of a descriptor', 'fcntl.fcntl(3, fcntl.F_SETFL, os.O_NONBLOCK)', 0],
  ['a flood of log', 'print("secret " * 1_000_000); sys.stderr.write("secret " * 1_000_000)', 0],
  ['a flood of answers', 'for _ in range(2000): os.write(3, b"A 0 " + b"x" * 4000 + b"\\n")', 0],
  ['duplicate keys', 'global dumps; json.dumps = lambda *a, **k: \'{"n": 1, "n": 2}\'', 0],
  ['a counter in a module', 'math.seen = getattr(math, "seen", 0) + 1', 0],
  ['a priority', 'os.nice(5)', 0],
]

describe.each(jails)('under $launcher', (jail) => {
  test.each(attempts)('%s says nothing', async (_, attempt, own) => {
    const said = await answers(jail, attempt)
    expect(said.slice(1)).toEqual(PERSONS.slice(1))
    expect([own, 7]).toContain(said[0])
  })

  test.each([
    ['low bits', 'v + 0.123456789', [0, 1, 2, 3]],
    ['no number', 'float("nan") if v == 0 else v', [7, 1, 2, 3]],
    ['no end', '1e999 if v == 0 else v', [7, 1, 2, 3]],
    ['a large whole number', '10 ** 400 if v == 0 else v', [7, 1, 2, 3]],
    ['a text in place of a number', '"secret" if v == 0 else v', [7, 1, 2, 3]],
    ['yes in place of a number', 'True if v == 0 else v', [7, 1, 2, 3]],
    ['deep nesting', 'eval("[" * 60 + "]" * 60) if v == 0 else v', [7, 1, 2, 3]],
  ])('%s as a value is rounded or the default', async (_, value, expected) => {
    expect(await answers(jail, 'pass', value)).toEqual(expected)
  })

  test('what one person counts the next does not see', async () => {
    const value = 'v + 50 * getattr(math, "seen", 0) + 50 * len(os.environ.get("SEEN", ""))'
    const attempt = 'math.seen = 1\nos.environ["SEEN"] = "1"\nsys.modules["json"].seen = 1'
    expect((await answers(jail, attempt, value)).slice(1)).toEqual([1, 2, 3])
  })
})
