import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Jail } from '../../src/domain/capabilities.ts'
import { load } from '../../src/ingest/load.ts'
import { dice } from '../../tools/fixtures/random.ts'
import {
  loadCapabilities,
  scratchFolder,
  smallDictionary,
  smallNorth,
  smallViews,
} from '../support/ingest.ts'

const scratch = scratchFolder()
const capabilities = loadCapabilities()
const north = await smallNorth(scratch.path)
afterAll(async () => {
  await capabilities.engine.close()
  scratch.remove()
})
const request = (directory: string) => ({
  dataset: 'north',
  directory,
  views: smallViews,
  dictionary: smallDictionary,
  out: join(scratch.path, 'out'),
})

// ROUNDS=50 by hand: more mutants.
const rounds = Number(process.env['ROUNDS'] ?? 2)

test('what the scan accepts, the engine reads: mutated lines never break a load', async () => {
  for (let round = 0; round < rounds; round++) {
    const d = dice(round, 77)
    const folder = join(scratch.path, `mutants-${round}`)
    mkdirSync(folder)
    cpSync(join(north, 'Patient.ndjson'), join(folder, 'Patient.ndjson'))
    for (const type of ['Condition', 'Observation']) {
      const lines = readFileSync(join(north, `${type}.ndjson`), 'latin1')
        .split('\n')
        .slice(0, -1)
      const mutated = lines.map((line) => {
        const bytes = Buffer.from(line, 'latin1')
        if (bytes.length === 0 || d.chance(0.3)) return bytes
        const at = d.integer(0, bytes.length - 1)
        const byte = d.pick([
          0, 0x0d, 0x22, 0x2c, 0x2d, 0x30, 0x39, 0x5c, 0x65, 0x7b, 0x7d, 0x5b, 0x5d, 0xc3, 0xff,
        ])
        const rest = bytes.subarray(at + d.integer(0, 1))
        return Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), rest])
      })
      writeFileSync(
        join(folder, `${type}.ndjson`),
        Buffer.concat(mutated.flatMap((l) => [l, Buffer.of(10)])),
      )
    }
    const { report } = await load(capabilities, request(folder))
    expect(report.read).toBe(report.accepted + report.quarantined + report.blank)
    expect(report.quarantined).toBeGreaterThan(100)
    expect(report.accepted).toBeGreaterThan(200)
  }
}, 240_000)

test('a reader that dies over a file fails the load with its name, and publishes nothing', async () => {
  const dying: Jail = {
    ...capabilities.jail,
    launch(job) {
      const jailed = capabilities.jail.launch(job)
      jailed.answers.once('data', () => jailed.kill())
      return jailed
    },
  }
  await expect(
    load({ ...capabilities, jail: dying }, { ...request(north), out: join(scratch.path, 'dead') }),
  ).rejects.toMatchObject({ code: 'load-failed', facts: { rule: 'file-unreadable' } })
})
