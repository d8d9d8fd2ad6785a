import { expect, test } from 'vitest'
import { assemble } from '../../src/sandbox/bpf.ts'
import { ALLOWED, JUDGED, TRIPWIRES } from '../../src/sandbox/classes.ts'
import { filter, type Profile, profileOf, SELF } from '../../src/sandbox/seccomp.ts'
import { type Arch, syscall, syscallNames } from '../../src/sandbox/syscalls.ts'
import { interpret } from './interpreter.ts'

const AUDIT: Record<Arch, number> = { x64: 0xc000003e, arm64: 0xc00000b7 }
const words: Record<number, string> = { 2147418112: 'allow', 2147483648: 'kill' }
const say = (verdict: number): string => words[verdict] ?? `errno ${verdict & 0xffff}`
const python: Profile = {
  arch: 'x64',
  fork: false,
  zygote: false,
  locks: 'refused',
  sysinfo: false,
  reach: 'self',
}
const ask = (profile: Profile, name: string, ...args: (number | bigint)[]): string => {
  const nr = syscall(name, profile.arch)
  if (nr === undefined) return 'absent'
  return say(interpret(filter(profile), { nr, arch: AUDIT[profile.arch], args }))
}

for (const arch of ['x64', 'arm64'] as const) {
  const profile = { ...python, arch }
  test(`${arch}: every allowed call is allowed and every tripwire kills`, () => {
    expect(ALLOWED.filter((n) => !['allow', 'absent'].includes(ask(profile, n)))).toEqual([])
    expect(TRIPWIRES.filter((n) => !['kill', 'absent'].includes(ask(profile, n)))).toEqual([])
  })

  test(`${arch}: every number up to 1024 outside the three classes answers ENOSYS`, () => {
    const known = [...ALLOWED, ...TRIPWIRES, ...JUDGED].map((n) => syscall(n, arch))
    const program = filter(profile)
    const others = Array.from({ length: 1024 }, (_, nr) => nr).filter((nr) => !known.includes(nr))
    expect(others.length).toBeGreaterThan(700)
    for (const nr of others)
      expect(say(interpret(program, { nr, arch: AUDIT[arch] }))).toBe('errno 38')
  })

  test(`${arch}: the filter fits the kernel's limit and assembles to 8 bytes each`, () => {
    const program = filter(profile)
    expect(program.length).toBeLessThan(4096)
    expect(assemble(program)).toHaveLength(program.length * 8)
  })
}

test('the classes have the promised sizes and do not overlap', () => {
  expect(ALLOWED.length).toBeGreaterThan(140)
  expect(TRIPWIRES.length).toBeGreaterThan(60)
  const all = [...ALLOWED, ...TRIPWIRES, ...JUDGED]
  expect(new Set(all).size).toBe(all.length)
  expect(all.filter((name) => !syscallNames.includes(name))).toEqual([])
})

test('another architecture, i386 numbers and x32 kill', () => {
  const program = filter(python)
  const read = (nr: number, arch: number) => say(interpret(program, { nr, arch }))
  expect(read(0, AUDIT.x64)).toBe('allow')
  expect(read(0, 0x40000003)).toBe('kill')
  expect(read(0, AUDIT.arm64)).toBe('kill')
  expect(read(0x40000000, AUDIT.x64)).toBe('kill')
  expect(read(0xffffffff, AUDIT.x64)).toBe('kill')
})

/** profile, call, arguments, verdict. */
const table: readonly [Partial<Profile>, string, readonly (number | bigint)[], string][] = [
  [{}, 'clone', [0x3d0f00], 'allow'],
  [{}, 'clone', [0x11], 'errno 1'],
  [{ fork: true }, 'clone', [0x11], 'allow'],
  [{ fork: true }, 'clone', [0x4111], 'allow'],
  [{ fork: true }, 'clone', [0x8011], 'errno 1'],
  [{ fork: true }, 'clone', [0x2011], 'errno 1'],
  ...[0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000].flatMap(
    (flag): [Partial<Profile>, string, readonly number[], string][] => [
      [{ fork: true }, 'clone', [flag | 0x11], 'kill'],
      [{}, 'clone', [flag | 0x10000], 'kill'],
    ],
  ),
  [{}, 'fork', [], 'errno 1'],
  [{ fork: true }, 'vfork', [], 'allow'],
  [{}, 'clone3', [], 'errno 38'],
  [{}, 'io_uring_setup', [], 'errno 38'],
  [{}, 'io_uring_enter', [], 'errno 38'],
  ...[1, 2, 10, 16, 17, 38, 40].map((family): [Partial<Profile>, string, number[], string] => [
    {},
    'socket',
    [family, 1],
    'errno 97',
  ]),
  [{}, 'socketpair', [1, 1], 'errno 97'],
  [{}, 'ioctl', [0, 0x5401], 'allow'],
  [{}, 'ioctl', [0, 0x5412], 'errno 1'],
  [{}, 'ioctl', [0, 0x541c], 'errno 1'],
  [{}, 'ioctl', [0, 0xffffffff00005412n], 'errno 1'],
  [{}, 'prctl', [15], 'allow'],
  ...[1, 4, 8, 22, 24, 28, 35, 38, 47, 0x59616d61].map(
    (option): [Partial<Profile>, string, number[], string] => [{}, 'prctl', [option], 'errno 1'],
  ),
  [{}, 'fcntl', [3, 3], 'allow'],
  ...[5, 6, 7, 8, 10, 36, 37, 38, 1024, 1026, 1033].map(
    (command): [Partial<Profile>, string, number[], string] => [
      {},
      'fcntl',
      [3, command],
      'errno 1',
    ],
  ),
  [{ locks: 'pretended' }, 'fcntl', [3, 6], 'errno 0'],
  [{ locks: 'pretended' }, 'fcntl', [3, 37], 'errno 1'],
  [{ locks: 'real' }, 'fcntl', [3, 6], 'allow'],
  [{}, 'flock', [3, 2], 'errno 38'],
  [{}, 'prlimit64', [0, 9], 'allow'],
  [{}, 'prlimit64', [1, 9], 'errno 1'],
  [{}, 'kill', [-1, 9], 'errno 1'],
  [{}, 'tgkill', [SELF, 4, 6], 'allow'],
  [{}, 'tgkill', [1, 1, 9], 'errno 1'],
  [{ reach: 'namespace' }, 'tgkill', [1, 1, 9], 'allow'],
  [{}, 'personality', [0xffffffff], 'allow'],
  [{}, 'personality', [0x0040000], 'kill'],
  [{}, 'sysinfo', [], 'errno 1'],
  [{ sysinfo: true }, 'sysinfo', [], 'allow'],
]
test.each(table)('%o %s(%o) is %s', (over, name, args, verdict) => {
  for (const arch of ['x64', 'arm64'] as const) {
    const profile = { ...python, ...over, arch }
    expect([verdict, 'absent']).toContain(ask(profile, name, ...args))
  }
})

test('each runtime has its own profile', () => {
  const of = (runtime: Parameters<typeof profileOf>[0]['runtime'], write: string[] = []) =>
    profileOf({ runtime, write }, 'x64', 'namespace')
  expect(of('python')).toMatchObject({ fork: false, locks: 'refused', sysinfo: false })
  expect(of('r')).toMatchObject({ fork: true, locks: 'refused' })
  expect(of('node-duckdb')).toMatchObject({ fork: false, locks: 'pretended', sysinfo: true })
  expect(of('node-duckdb', ['/data'])).toMatchObject({ locks: 'real' })
})

test('a jump over more than 255 instructions is refused, not wrapped', async () => {
  const { ret, whenEqual } = await import('../../src/sandbox/bpf.ts')
  expect(() =>
    whenEqual(
      1,
      Array.from({ length: 256 }, () => ret(0)),
    ),
  ).toThrow('255')
})
