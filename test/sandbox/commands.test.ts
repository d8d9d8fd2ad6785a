import { expect, test } from 'vitest'
import type { JailJob } from '../../src/domain/capabilities.ts'
import { sha256 } from '../../src/domain/digest.ts'
import { bubblewrapCommand } from '../../src/sandbox/bubblewrap.ts'
import { delegated, delegatedRoot, groupFiles, waiting } from '../../src/sandbox/cgroup.ts'
import { enterProgram } from '../../src/sandbox/enter.ts'
import { gvisorCommand, ociSpec } from '../../src/sandbox/gvisor.ts'
import { landlockCommand, ownLimits } from '../../src/sandbox/landlock.ts'
import { mayBecomeNobody } from '../../src/sandbox/layout.ts'
import { rlimits, soundLimits } from '../../src/sandbox/limits.ts'
import { coarse, isSecurityEvent } from '../../src/sandbox/outcome.ts'
import { plainCommand } from '../../src/sandbox/plain.ts'
import type { Command } from '../../src/sandbox/supervise.ts'

const job: JailJob = {
  runtime: 'node-duckdb',
  argv: ['/opt/node', '/app/src/engine/query-child.ts'],
  env: { TZ: 'UTC' },
  read: ['/app/src', '/data/ws.duckdb'],
  write: [],
  limits: {
    wallMs: 60_000,
    cpuSeconds: 120,
    memoryMiB: 512,
    processes: 64,
    descriptors: 256,
    tmpMiB: 16,
    fileMiB: 8,
    logBytes: 4096,
    answerBytes: 1 << 20,
  },
}
const parts = [
  { bind: '/usr/lib', write: false },
  { bind: '/app/src', write: false },
  { bind: '/data/out', write: true },
  { link: '/lib', to: '/usr/lib' },
]
/** The perl program and the filter are long and have tests of their own. */
const brief = ({ file, args }: Command): readonly string[] =>
  [file, ...args].map((arg) =>
    arg.startsWith('filter=') ? 'filter=…' : arg.includes('use strict') ? 'program' : arg,
  )

const LIMITS = [
  'limit=4:0:0',
  'limit=0:120:121',
  'limit=1:8388608:8388608',
  'limit=7:256:256',
  'limit=6:64:64',
  'limit=9:4831838208:4831838208',
  'limit=8:65536:65536',
  'limit=12:0:0',
  'limit=13:0:0',
  'limit=14:0:0',
]
const NODE = ['/opt/node', '--wasm-max-mem-pages=1024', '--disable-wasm-trap-handler']

test('bubblewrap: every namespace is new, only the parts are shown, and the root is read-only', () => {
  expect(brief(bubblewrapCommand(job, { arch: 'x64', parts }))).toEqual([
    '/usr/bin/bwrap',
    ...['--unshare-all', '--die-with-parent', '--new-session', '--hostname', 'jail'],
    ...['--cap-drop', 'ALL', '--cap-add', 'CAP_SYS_ADMIN'],
    ...['--ro-bind', '/usr/lib', '/usr/lib', '--ro-bind', '/app/src', '/app/src'],
    ...['--bind', '/data/out', '/data/out', '--symlink', '/usr/lib', '/lib'],
    ...['null', 'zero', 'full', 'random', 'urandom'].flatMap((device) => [
      '--dev-bind',
      `/dev/${device}`,
      `/dev/${device}`,
    ]),
    ...['--dir', '/tmp', '--remount-ro', '/', '--chdir', '/', '--'],
    ...['/usr/bin/perl', '-e', 'program', '--', 'tmp=size=16777216,nr_inodes=1024'],
    ...LIMITS,
    ...['filter=…', '--', ...NODE, '/app/src/engine/query-child.ts'],
  ])
})

test('bubblewrap: as root over closed files, the child is nobody inside and has no capability', () => {
  const { args, uid } = bubblewrapCommand(job, { arch: 'x64', parts, uid: 0 })
  expect(args.join(' ')).toContain('--uid 65534 --gid 65534 --cap-drop ALL')
  expect(uid).toBe(0)
  expect(bubblewrapCommand(job, { arch: 'x64', parts, uid: 65534 }).uid).toBe(65534)
})

test('bubblewrap: no private /tmp where none is asked, or where it would hide the job', () => {
  const none = { ...job, limits: { ...job.limits, tmpMiB: 0 } }
  for (const command of [
    bubblewrapCommand(none, { arch: 'x64', parts }),
    bubblewrapCommand(job, { arch: 'x64', parts: [{ bind: '/tmp/data', write: false }] }),
  ])
    expect(command.args.filter((arg) => /SYS_ADMIN|nr_inodes/.test(arg))).toEqual([])
})

test('landlock: the rules are the paths, and processes are not counted per user', () => {
  const machine = { arch: 'x64' as const, read: ['/usr/lib', '/app/src'], write: ['/data/out'] }
  expect(brief(landlockCommand(job, machine))).toEqual([
    ...['/usr/bin/perl', '-e', 'program', '--'],
    ...LIMITS.filter((limit) => !limit.startsWith('limit=6:')),
    ...['landlock=1', 'orphan=1', 'read=/usr/lib', 'read=/app/src', 'write=/data/out'],
    ...['filter=…', '--', ...NODE, '/app/src/engine/query-child.ts'],
  ])
})

test('plain: a shell with limits', () => {
  expect(plainCommand(job).args[1]).toBe(
    'ulimit -c 0 2>/dev/null; ulimit -S -t 120 2>/dev/null; ulimit -H -t 121 2>/dev/null; ' +
      'ulimit -f 16384 2>/dev/null; ulimit -n 256 2>/dev/null; ulimit -v 4718592 2>/dev/null; exec "$@"',
  )
})

test('gvisor: the same job as a bundle', () => {
  const spec = ociSpec(job, parts, '/b/rootfs') as Record<string, never>
  expect(spec).toMatchObject({
    root: { path: '/b/rootfs', readonly: true },
    process: {
      args: [...NODE, '/app/src/engine/query-child.ts'],
      env: ['OPENSSL_CONF=/dev/null', 'TZ=UTC'],
      user: { uid: 65534, gid: 65534 },
      capabilities: { bounding: [], effective: [] },
      noNewPrivileges: true,
    },
  })
  expect(gvisorCommand(job, '/b', 'id').args).toEqual([
    ...['--rootless', '--network=none', '--ignore-cgroups', '--root=/b/state', 'run'],
    ...['--pass-fd=3:3', '--pass-fd=4:4', '--bundle=/b', 'id'],
  ])
})

test('the perl program names no system call by word, on either architecture', () => {
  for (const arch of ['x64', 'arm64'] as const) {
    expect(enterProgram(arch)).not.toMatch(/\b(MOUNT|PRCTL|CAPSET|SECCOMP|RESTRICT|SELF|OLDEST)\b/)
    expect(enterProgram(arch)).toContain(arch === 'x64' ? "'capset', 126" : "'capset', 91")
  }
  // A change here is a change of what every child does before it starts: read it twice.
  expect(sha256(enterProgram('x64')).slice(0, 16)).toBe('aafcb7bc9a8f3a21')
})

test('limits are whole numbers, and Python is bounded by its address space', () => {
  expect(soundLimits(job.limits)).toBe(true)
  expect(soundLimits({ ...job.limits, memoryMiB: Number.NaN })).toBe(false)
  expect(soundLimits({ ...job.limits, wallMs: Number.POSITIVE_INFINITY })).toBe(false)
  const python = rlimits({ ...job, runtime: 'python' }).find(({ resource }) => resource === 'as')
  expect(python?.hard).toBe((256 + 512) * 1024 * 1024)
})

test('a control group has its limits, and is used only where it is delegated', () => {
  expect(groupFiles(job)).toEqual({
    'memory.max': String((128 + 512) * 1024 * 1024),
    'memory.swap.max': '0',
    'memory.oom.group': '1',
    'pids.max': '68',
  })
  expect(delegated('/nonexistent')).toBe(false)
  expect(delegatedRoot('0::/\n')).toBeUndefined()
  expect(delegatedRoot('0::/system.slice/vitrine.service/main\n', '/nonexistent')).toBeUndefined()
  expect(waiting({ file: '/bin/x', args: ['a'], env: {}, helpers: 0 }).args).toEqual([
    '-c',
    'read -r go <&5 && exec "$@" 5<&-',
    ...['sh', '/bin/x', 'a'],
  ])
})

test('the files that tell a child its own limits follow its control group', () => {
  expect(ownLimits('0::/a/b\n')).toContain('/sys/fs/cgroup/a/b/memory.max')
  expect(ownLimits('8:pids:/\n4:memory:/m\n')).toContain(
    '/sys/fs/cgroup/memory/m/memory.limit_in_bytes',
  )
})

test('a researcher learns that a run ended well or not, and nothing else', () => {
  const end = (reason: 'exit' | 'tripwire' | 'deadline', code: number | null) => ({
    reason,
    code,
    signal: null,
  })
  expect(coarse(end('exit', 0))).toEqual({ status: 'finished' })
  for (const other of [end('exit', 7), end('tripwire', null), end('deadline', 0)])
    expect(coarse(other)).toEqual({ status: 'failed' })
  expect(isSecurityEvent(end('tripwire', null))).toBe(true)
  expect(isSecurityEvent(end('exit', 1))).toBe(false)
})

test('root drops to nobody only where that user exists and root may change users', () => {
  const all = '         0          0 4294967295\n'
  const caps = (mask: string) => `Name:\tnode\nCapEff:\t${mask}\n`
  expect(mayBecomeNobody(all, caps('000001ffffffffff'))).toBe(true)
  expect(mayBecomeNobody(all, caps('00000000000000c0'))).toBe(true)
  expect(mayBecomeNobody(all, caps('0000000000000080'))).toBe(false)
  expect(mayBecomeNobody('         0       1000          1\n', caps('000001ffffffffff'))).toBe(
    false,
  )
  expect(mayBecomeNobody('', '')).toBe(false)
})
