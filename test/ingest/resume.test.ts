import { spawn } from 'node:child_process'
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { verifySnapshot } from '../../src/ingest/publish.ts'
import { dice } from '../../tools/fixtures/random.ts'
import { scratchFolder, smallNorth } from '../support/ingest.ts'

const program = resolve(import.meta.dirname, '../support/load-once.ts')
const scratch = scratchFolder()
const north = await smallNorth(scratch.path)
afterAll(scratch.remove)

/** Runs a load and kills it after so many milliseconds with SIGKILL. Answers what it printed and how long it lived. */
function run(out: string, killAfter?: number): Promise<{ text: string; ms: number }> {
  const started = performance.now()
  const child = spawn(process.execPath, [program, north, out], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const timer =
    killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter)
  return new Promise((done) =>
    child.on('close', () => {
      clearTimeout(timer)
      done({ text, ms: performance.now() - started })
    }),
  )
}
const digestIn = (text: string): string | undefined => /digest (\w+)/.exec(text)?.[1]
const visible = (out: string): string[] => readdirSync(out).filter((n) => n !== 'quarantine')

// KILLS=30 by hand: the same loop, more points.
const kills = Number(process.env['KILLS'] ?? 4)

test(`killed at ${kills} points, then resumed: the digest of an undisturbed load`, async () => {
  const whole = await run(join(scratch.path, 'whole'))
  const expected = digestIn(whole.text)
  expect(expected).toMatch(/^[0-9a-f]{64}$/)
  const d = dice(20, 26)
  for (let i = 0; i < kills; i++) {
    const out = join(scratch.path, `killed-${i}`)
    const at = whole.ms * (0.1 + (0.85 * (i + d.uniform())) / kills)
    const first = await run(out, at)
    const seen = readdirSync(scratch.path).includes(`killed-${i}`) ? visible(out) : []
    // Never a half snapshot: nothing is visible but what verifies.
    for (const name of seen.filter((n) => !n.startsWith('.'))) await verifySnapshot(join(out, name))
    const second = digestIn(first.text) === undefined ? await run(out) : first
    expect(digestIn(second.text), `killed after ${Math.round(at)} ms`).toBe(expected)
    expect(visible(out)).toEqual([expected])
  }
}, 180_000)

test('a snapshot changed by one byte is found', async () => {
  const out = join(scratch.path, 'whole')
  const path = join(out, visible(out)[0] ?? '')
  expect((await verifySnapshot(path)).persons).toBeGreaterThan(100)
  appendFileSync(join(path, 'condition.parquet'), 'x')
  await expect(verifySnapshot(path)).rejects.toMatchObject({
    code: 'snapshot-damaged',
    facts: { place: 'condition.parquet' },
  })
  writeFileSync(join(path, 'manifest.json'), '{}')
  await expect(verifySnapshot(path)).rejects.toMatchObject({ facts: { place: 'manifest.json' } })
})
