import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { readConfig } from '../../src/cli/config.ts'
import { listen } from '../../src/cli/serve.ts'
import { Problem } from '../../src/domain/problem.ts'
import { main } from '../../src/main.ts'
import { launchers } from '../sandbox/launchers.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vitrine-cli-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

type Said = Readonly<{ exit: number; out: string; err: string }>

/** One command as the shell gives it, with its two outputs. */
async function vitrine(args: readonly string[], env: Record<string, string> = {}): Promise<Said> {
  const out: string[] = []
  const err: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void out.push(line))
  vi.spyOn(console, 'error').mockImplementation((line: string) => void err.push(line))
  for (const [name, value] of Object.entries({ VITRINE_DIR: join(directory, 'data'), ...env }))
    vi.stubEnv(name, value)
  const exit = await main(args)
  return { exit, out: out.join('\n'), err: err.join('\n') }
}

test.each(commands.map((it) => [it.name]))(
  '%s --help names its options and exits 0',
  async (name) => {
    const { exit, out, err } = await vitrine([...name.split(' '), '--help'])
    expect([exit, err]).toEqual([0, ''])
    expect(out).toContain(`vitrine ${name}`)
    expect(out).toContain('--json')
  },
)

test.each([
  [['bogus'], 2, 'usage'],
  [['log'], 2, 'usage'],
  [['check'], 2, 'usage'],
  [['check', 'a.sql', 'b.sql'], 2, 'usage'],
  [['check', '--wat'], 2, 'usage'],
  [['check', 'nofile.sql'], 4, 'not-found'],
  [['check', 'test'], 4, 'not-found'],
  [['check', 'sandbox/examples/statins-by-sex-and-age.sql', '--k=-3'], 2, 'usage'],
  [['check', 'sandbox/examples/statins-by-sex-and-age.sql', '--codelists=README.md'], 2, 'usage'],
  [['load'], 2, 'usage'],
  [['load', '/nonexistent'], 2, 'usage'],
  [['token', '--role', 'gateway'], 2, 'usage'],
  [['token', '--role', 'data-user', '--subject', ''], 2, 'usage'],
  [['token', '--role', 'data-user', '--subject', 'gateway'], 2, 'usage'],
  [['token', '--role', 'data-user', '--ttl', 'long'], 2, 'usage'],
  [['log', 'verify'], 4, 'not-found'],
  [['snapshot', 'ls'], 4, 'not-found'],
  [['policy', 'replay', 'event-0'], 4, 'not-found'],
  [['view', 'compile', 'README.md'], 2, 'malformed-json'],
] as const)('%j exits %i', async (args, exit, code) => {
  const plain = await vitrine(args)
  expect(plain.exit).toBe(exit)
  expect(plain.out).toBe('')
  expect(plain.err).toMatch(/^vitrine: .+ Fix: .+$/)
  expect(plain.err).not.toMatch(/\n|\bat \S+:\d+:\d+/)
  const json = await vitrine([...args, '--json'])
  expect(json.exit).toBe(exit)
  const { type, fix } = JSON.parse(json.out) as Record<string, string>
  expect(type).toBe(`https://vitrine.example/problems/${code}`)
  expect(fix).not.toBe('')
})

test('commands that only read make nothing where nothing is', async () => {
  await vitrine(['log', 'verify'], { VITRINE_DIR: join(directory, 'empty') })
  expect(await readdir(directory)).not.toContain('empty')
})

/** A key-encryption key that nothing is sealed with. */
const kek = join(tmpdir(), `vitrine-cli-kek-${process.pid}`)
beforeAll(() => writeFile(kek, randomBytes(32).toString('base64'), { mode: 0o600 }))
afterAll(() => rm(kek, { force: true }))

const PRODUCTION = {
  VITRINE_KEK_FILE: kek,
  VITRINE_ENV: 'production',
  VITRINE_ISSUER: 'https://id.example',
  VITRINE_JWKS_URL: 'https://id.example/jwks',
}

test('production takes no development token, no demo and no half configuration', async () => {
  const refused = async (args: readonly string[], env: Record<string, string>, place: string) => {
    const { exit, err } = await vitrine(args, env)
    expect(exit).toBe(63)
    expect(err).toContain(` at ${place}: `)
  }
  await refused(['token', '--role', 'auditor'], PRODUCTION, 'VITRINE_ENV')
  await refused(['demo'], PRODUCTION, 'VITRINE_ENV')
  for (const name of ['VITRINE_ISSUER', 'VITRINE_JWKS_URL', 'VITRINE_KEK_FILE'])
    await refused(
      ['token', '--role', 'auditor'],
      { ...PRODUCTION, [name]: undefined as never },
      name,
    )
  await refused(['serve'], { ...PRODUCTION, VITRINE_JAIL: 'plain' }, 'VITRINE_JAIL')
})

test('production needs its keys once: serve refuses before, and not for want of keys after', async () => {
  const env = {
    ...PRODUCTION,
    VITRINE_DIR: join(directory, 'production'),
    VITRINE_LOG_LEVEL: 'silent',
  }
  const before = await vitrine(['serve'], env)
  // A jail is asked for first: where there is none, that is what production lacks.
  const lacking =
    launchers().length > 0 ? ([60, '[key-missing]'] as const) : ([41, '[jail-'] as const)
  expect([before.exit, before.err]).toEqual([lacking[0], expect.stringContaining(lacking[1])])
  expect((await vitrine(['keys', 'init'], env)).exit).toBe(0)
}, 60_000)

test('half an identity provider is refused in development too', () => {
  for (const env of [
    { VITRINE_ISSUER: 'https://id.example' },
    { VITRINE_JWKS_URL: 'https://id.example/jwks' },
  ])
    expect(() => readConfig(env)).toThrow(Problem)
})

test('a port that is taken is a named problem', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  const parts = { house: { version: '0' }, logger: {}, authenticate: {} } as never
  await expect(listen(parts, { host: '127.0.0.1', port })).rejects.toMatchObject({
    code: 'insecure-configuration',
    facts: { place: 'VITRINE_PORT' },
  })
  await new Promise((resolve) => other.close(resolve))
})
