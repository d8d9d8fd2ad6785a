import { once } from 'node:events'
import { expect, test } from 'vitest'
import type { Jailed } from '../../src/domain/capabilities.ts'
import { plainJail } from '../../src/sandbox/plain.ts'
import { createPool, type Opened } from '../../src/sandbox/pool.ts'
import { perl } from './jobs.ts'
import { perlHere } from './launchers.ts'

const jail = plainJail()
/** Says it is ready, then answers its one request. */
const CHILD = `open(my $o, '>&=3'); open(my $i, '<&=4'); syswrite $o, "ready\\n"; my $l = <$i>; syswrite $o, uc $l`
type Child = Opened & Readonly<{ jailed: Jailed }>
const spawn =
  (code = CHILD) =>
  (): Child => {
    const jailed = jail.launch(perl(code))
    const ready = Promise.race([
      once(jailed.answers, 'data'),
      jailed.ended.then(() => Promise.reject(new Error('ended'))),
    ])
    ready.catch(() => undefined)
    return { jailed, ready }
  }
const until = async (done: () => boolean): Promise<void> => {
  for (let i = 0; i < 300 && !done(); i++) await new Promise((r) => setTimeout(r, 10))
  expect(done()).toBe(true)
}
const ask = async ({ jailed, ready }: Child): Promise<string> => {
  await ready
  jailed.requests.end('hello\n')
  const [answer] = await once(jailed.answers, 'data')
  return String(answer)
}

test.skipIf(!perlHere)('a child is taken once, and another one is opened', async () => {
  const pool = createPool(spawn(), 2)
  await until(() => pool.metrics().ready === 2)
  const [a, b, c] = [pool.take(), pool.take(), pool.take()]
  expect(new Set([a.jailed.pid, b.jailed.pid, c.jailed.pid]).size).toBe(3)
  expect(await Promise.all([a, b, c].map(ask))).toEqual(['HELLO\n', 'HELLO\n', 'HELLO\n'])
  expect(pool.metrics()).toMatchObject({ taken: 3, warm: 2 })
  await until(() => pool.metrics().idle === 2 && pool.metrics().busy === 0)
  await pool.drain()
})

test.skipIf(!perlHere)('what waits is bounded, and closed when nobody asks', async () => {
  const pool = createPool(spawn(), 2, { idleMs: 150 })
  expect(pool.metrics().idle).toBe(2)
  await until(() => pool.metrics().idle === 0)
  expect(await ask(pool.take())).toBe('HELLO\n')
  await pool.drain()
})

test.skipIf(!perlHere)('a child that dies while it waits is replaced, not too often', async () => {
  let spawned = 0
  const broken = spawn('exit 1')
  const pool = createPool(() => {
    spawned += 1
    return broken()
  }, 1)
  await new Promise((r) => setTimeout(r, 900))
  expect(pool.metrics().lost).toBeGreaterThan(0)
  expect(spawned).toBeLessThan(5)
  await pool.drain()
})

test.skipIf(!perlHere)(
  'drain kills those that wait, lets the busy one finish, and then kills it',
  async () => {
    const pool = createPool(spawn(), 1)
    const [polite, stuck] = [pool.take(), pool.take()]
    const answer = ask(polite)
    await stuck.ready
    await pool.drain(300)
    expect(await answer).toBe('HELLO\n')
    expect((await polite.jailed.ended).reason).toBe('exit')
    expect((await stuck.jailed.ended).reason).toBe('killed')
    expect(pool.metrics()).toMatchObject({ idle: 0, busy: 0 })
    expect(() => pool.take()).toThrow('drained')
  },
)
