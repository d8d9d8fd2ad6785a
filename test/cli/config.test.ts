import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from '../../src/cli/config.ts'
import { readKek } from '../../src/cli/kek.ts'
import { scratchFolder } from '../support/ingest.ts'
import { problemOf } from '../support/problem.ts'

const scratch = scratchFolder()
afterAll(() => scratch.remove())

const production = {
  VITRINE_ENV: 'production',
  VITRINE_ISSUER: 'https://id.example',
  VITRINE_JWKS_URL: 'https://id.example/jwks',
}
const refused = (env: Record<string, string>): Promise<string> =>
  problemOf(Promise.resolve().then(() => readConfig(env)))

test('production has a key-encryption key, from one place; development may have none', async () => {
  expect(await refused(production)).toBe('insecure-configuration')
  expect(readConfig({ ...production, VITRINE_KEK_COMMAND: 'x' }).kek).toEqual({ command: 'x' })
  expect(readConfig({}).kek).toBeUndefined()
  expect(await refused({ VITRINE_KEK_FILE: 'a', VITRINE_KEK_COMMAND: 'b' })).toBe(
    'insecure-configuration',
  )
})

test('a key is 32 bytes in hex or base64, from a file of its owner alone or a command', async () => {
  const key = Buffer.alloc(32, 7)
  const file = (text: string, mode = 0o600): { file: string } => {
    const path = join(scratch.path, 'kek')
    writeFileSync(path, text)
    chmodSync(path, mode)
    return { file: path }
  }
  expect(await readKek(undefined)).toBeUndefined()
  expect(await readKek(file(`${key.toString('hex')}\n`))).toEqual(key)
  expect(await readKek(file(key.toString('base64')))).toEqual(key)
  expect(await readKek({ command: `printf %s ${key.toString('hex')}` })).toEqual(key)
  const said = (from: Parameters<typeof readKek>[0]): Promise<string> => problemOf(readKek(from))
  expect(await said(file(key.toString('hex'), 0o640))).toBe('insecure-configuration/key-file-mode')
  for (const from of [
    file('secret'),
    file(key.subarray(1).toString('hex')),
    { file: join(scratch.path, 'absent') },
    { command: 'exit 1' },
    { command: 'true' },
  ])
    expect(await said(from)).toBe('key-unavailable/key-encryption-key')
})
