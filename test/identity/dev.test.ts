import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAuthenticate } from '../../src/identity/authenticate.ts'
import { devIssuer, mintDevToken } from '../../src/identity/dev.ts'
import { problemOf } from './problem.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vitrine-dev-'))
})
afterEach(() => rm(directory, { recursive: true }))

const lind = { role: 'data-user', subject: 'lind', organisation: 'University', ttl: 60 } as const

test('a minted token is accepted by its directory, and by no other', async () => {
  const made = await mintDevToken({ directory, ...lind, name: 'Dr A. Lind' })
  const here = createAuthenticate(await devIssuer({ directory }))
  expect(await here(`Bearer ${made}`)).toEqual({
    subject: 'lind',
    role: 'data-user',
    organisation: 'University',
    name: 'Dr A. Lind',
  })
  const there = createAuthenticate(await devIssuer({ directory: join(directory, 'other') }))
  expect((await problemOf(() => there(`Bearer ${made}`))).facts.rule).toBe('token-key')
})

test('production refuses the development issuer and its key', async () => {
  const issuer = await devIssuer({ directory })
  const open = (options: object) => createAuthenticate({ ...issuer, production: true, ...options })
  expect((await problemOf(() => open({}))).code).toBe('insecure-configuration')
  expect((await problemOf(() => open({ issuer: 'https://id.example' }))).code).toBe(
    'insecure-configuration',
  )
})

test('the key is made once, by whoever comes first, for nobody else to read', async () => {
  const issuers = await Promise.all(Array.from({ length: 8 }, () => devIssuer({ directory })))
  expect(new Set(issuers.map((it) => it.jwks.keys[0]?.kid)).size).toBe(1)
  expect(await readdir(directory)).toEqual(['development-token-key.json'])
  const { mode } = await stat(join(directory, 'development-token-key.json'))
  expect(mode & 0o777).toBe(0o600)
  expect(issuers[0]?.jwks.keys[0]).not.toHaveProperty('d')
})

test('a damaged key is a named problem', async () => {
  await devIssuer({ directory })
  const path = join(directory, 'development-token-key.json')
  const text = await readFile(path, 'utf8')
  await writeFile(
    path,
    text.replace(/"secret": "(.)/, (_, it) => `"secret": "${it === 'M' ? 'N' : 'M'}A`),
  )
  expect((await problemOf(() => devIssuer({ directory }))).code).toBe('key-unavailable')
})

test.each([
  { ttl: 0 },
  { ttl: -5 },
  { ttl: 1.5 },
  { ttl: Number.NaN },
  { ttl: 86_401 },
  { role: 'gateway' as const },
  { role: 'root' as 'auditor' },
])('refuses %j', async (wrong) => {
  const problem = await problemOf(() => mintDevToken({ directory, ...lind, ...wrong }))
  expect(problem.code).toBe('usage')
})
