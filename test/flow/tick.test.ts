import { expect, test } from 'vitest'
import type { House } from '../../src/flow/house.ts'
import { onTick, tickOf, untilTick } from '../../src/flow/tick.ts'

test('the next whole number of ticks, one at least', () => {
  expect([0, 1, 99, 100, 101, 250].map((at) => untilTick(1000, 1000 + at, 100))).toEqual([
    100, 99, 1, 0, 99, 50,
  ])
  expect(untilTick(1000, 900, 100)).toBe(100)
})

test('quick or slow, answered or failed: the same tick', async () => {
  const house = { clock: { now: () => new Date() }, tickMs: 120 } as unknown as House
  const ended = async (ms: number, fails: boolean): Promise<number> => {
    const since = new Date()
    await onTick(house, since.toISOString(), async () => {
      await new Promise((resolve) => setTimeout(resolve, ms))
      if (fails) throw new Error('no')
    }).catch(() => undefined)
    return (Date.now() - since.getTime()) / house.tickMs
  }
  const ticks = await Promise.all([
    ended(0, false),
    ended(60, false),
    ended(0, true),
    ended(60, true),
  ])
  // A timer may fire late on a busy machine, never early.
  for (const it of ticks) expect(it).toBeGreaterThanOrEqual(0.98)
  expect(await ended(130, false)).toBeGreaterThanOrEqual(1.98)
  await expect(
    onTick(house, new Date().toISOString(), () => Promise.reject(new Error('no'))),
  ).rejects.toThrow('no')
})

test('a script is published after the longest that it could take, whatever it does', async () => {
  const house = {
    tickMs: 2000,
    scriptPace: 'fixed',
    scripts: { personMs: () => 70, wholeMs: 600_000 },
    store: {
      get: async () => ({ value: { snapshots: [{ digest: 'd', persons: 1001 }] }, version: 1 }),
    },
  } as unknown as House
  const permit = { snapshots: { east: 'd' } }
  const of = (script: unknown, at: House = house) =>
    tickOf(at, { script } as Parameters<typeof tickOf>[1], permit, 'east')
  expect(await of(undefined)).toBe(2000)
  expect(await of({ mode: 'person', language: 'python' })).toBe(82_000)
  expect(await of({ mode: 'whole', language: 'r' })).toBe(610_000)
  expect(await of({ mode: 'whole' }, { ...house, scriptPace: 'none' })).toBe(2000)
  await expect(
    tickOf(
      house,
      { script: { mode: 'person', language: 'r' } } as never,
      { snapshots: {} },
      'east',
    ),
  ).rejects.toThrow()
})
