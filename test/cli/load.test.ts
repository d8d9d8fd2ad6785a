import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { load } from '../../src/cli/load.ts'
import { bulkServer } from '../ingest/bulk-server.ts'
import { openShell, type Shell } from '../support/cli.ts'
import { scratchFolder, smallNorth } from '../support/ingest.ts'
import { problemOf } from '../support/problem.ts'

const scratch = scratchFolder()
let shell: Shell
let north: string
beforeAll(async () => {
  shell = await openShell()
  north = await smallNorth(scratch.path)
})
afterAll(async () => {
  await shell.close()
  scratch.remove()
})

type Answer = {
  snapshot: string | null
  report: { persons: number; read: number }
  quality: { persons: number; tables: { table: string; rows: number }[] }
  changed: { place: string; what: string; before: number; after: number }[]
}
const loading = async (argv: readonly string[]): Promise<Answer> =>
  JSON.parse(
    (await shell.run(load, [...argv, '--dataset', 'north', '--insecure-dev', '--json'])).out,
  ) as Answer

test('a folder, a server and later exports; the quality of each against the last', async () => {
  const page = join(scratch.path, 'north.html')
  const first = await loading([north, '--quality', page])
  expect(first.changed).toEqual([])
  expect(first.quality.persons).toBe(first.report.persons)
  expect(readFileSync(page, 'utf8')).toContain('for the data holder only')
  expect(statSync(page).mode & 0o077).toBe(0)

  const pair = await generateKeyPair('ES384', { extractable: true })
  const key = join(scratch.path, 'key.jwk.json')
  writeFileSync(
    key,
    JSON.stringify({ ...(await exportJWK(pair.privateKey)), alg: 'ES384', kid: 'k1' }),
  )
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'ES384', kid: 'k1' }] }
  const server = await bulkServer(north, jwks, {})
  try {
    const client = ['--client-id', 'vitrine-north', '--token-url', server.tokenUrl, '--key', key]
    const fetched = await loading(['--from', server.base, ...client])
    expect(fetched.snapshot).toBe(first.snapshot)
    expect(existsSync(join(shell.directory, 'exports', 'north'))).toBe(false)
  } finally {
    await server.close()
  }

  // Half of the patients are gone in the later export: the report says so, the snapshot is another.
  const later = join(scratch.path, 'later')
  await mkdir(later)
  const ids = readFileSync(join(north, 'Patient.ndjson'), 'utf8').match(/(?<="id":")[^"]+/g) ?? []
  const gone = ids.slice(0, ids.length >> 1).map((id) => ({
    request: { method: 'DELETE', url: `Patient/${id}` },
  }))
  writeFileSync(
    join(later, 'deleted.ndjson'),
    `${JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: gone })}\n`,
  )
  writeFileSync(
    join(later, 'manifest.json'),
    JSON.stringify({
      transactionTime: '2025-06-01T00:00:00Z',
      request: 'https://north.example/fhir/$export',
      output: [],
      deleted: [{ type: 'Bundle', url: 'https://north.example/files/deleted.ndjson' }],
    }),
  )
  const report = join(scratch.path, 'later.json')
  const second = await loading([north, '--since', later, '--quality', report])
  expect(second.snapshot).not.toBe(first.snapshot)
  expect(second.report.persons).toBeLessThan(first.report.persons)
  expect(second.changed).toContainEqual({
    place: 'north',
    what: 'persons',
    before: first.report.persons,
    after: second.report.persons,
  })
  expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ changed: second.changed })

  const rehearsed = await loading([north, '--dry-run'])
  expect(rehearsed.snapshot).toBeNull()
  expect(rehearsed.quality.persons).toBe(first.report.persons)
  expect(readdirSync(join(shell.directory, 'quality'))).toEqual(['north'])
}, 120_000)

test('what cannot be meant is refused before anything is loaded', async () => {
  const said = (...argv: string[]) => problemOf(shell.run(load, [...argv, '--dataset', 'north']))
  expect(await said(north, '--from', 'https://fhir.example/r4')).toBe('usage')
  expect(await said(north, '--types', 'Patient')).toBe('usage')
  expect(await said(north, '--quality', 'report.pdf')).toBe('usage')
  expect(await said('--from', 'https://fhir.example/r4', '--client-id', 'x')).toBe('usage')
  expect(await said()).toBe('usage')
})
