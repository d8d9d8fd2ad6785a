import { accessSync, constants, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { JailJob } from '../domain/capabilities.ts'

/** A path as the jail shall show it: a tree that is bound, or a link that leads into one. */
export type Shown =
  | Readonly<{ bind: string; write: boolean }>
  | Readonly<{ link: string; to: string }>

/** What every dynamically linked program of the system needs, and nothing of /etc beyond it. */
const SYSTEM = ['/usr/lib', '/usr/lib64', '/lib', '/lib64', '/etc/ld.so.cache', '/etc/alternatives']
const RUNTIME: Readonly<Record<JailJob['runtime'], readonly string[]>> = {
  'node-duckdb': [],
  node: [],
  perl: ['/usr/share/perl'],
  python: ['/usr/share/zoneinfo', '/usr/local/lib'],
  // R asks `which uname` through a shell when its first library loads, and removes its folder with rm.
  r: [
    ...['/usr/share/R', '/etc/R', '/usr/share/zoneinfo', '/usr/local/lib'],
    ...['/bin/sh', '/usr/bin/sh', '/usr/bin/which', '/usr/bin/uname', '/usr/bin/rm'],
  ],
}

const exists = (path: string): boolean => {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

const below = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`)

/** Real paths (links followed), without those that lie below another one. */
export function roots(paths: readonly string[]): readonly string[] {
  const real = [...new Set(paths.filter(exists).map((path) => realpathSync(path)))]
  return real.filter((path) => !real.some((other) => other !== path && below(path, other)))
}

/** Node reads the nearest package.json above every module, and stops where it may not (Landlock answers EACCES). */
function manifests(job: JailJob): readonly string[] {
  if (!job.runtime.startsWith('node')) return []
  const above = (path: string): readonly string[] =>
    path === '/' ? [] : [`${dirname(path)}/package.json`, ...above(dirname(path))]
  return [
    ...new Set([...job.argv.slice(1), ...job.read].filter((p) => p.startsWith('/')).flatMap(above)),
  ].filter(exists)
}

const asked = (job: JailJob, enterer: string): readonly string[] => [
  ...SYSTEM,
  ...RUNTIME[job.runtime],
  enterer,
  ...job.argv.slice(0, 1),
  ...job.read,
  ...manifests(job),
]

/** Every path the job may read, program and system included, links followed. */
export const readable = (job: JailJob, enterer: string): readonly string[] =>
  roots(asked(job, enterer))

/**
 * What a mount namespace shows: each real tree at its own path, and a link wherever the job names a path that is
 * a link (a worktree's node_modules, /lib on a merged system).
 */
export function shown(job: JailJob, enterer: string): readonly Shown[] {
  const write = roots(job.write)
  const read = readable(job, enterer).filter((path) => !write.includes(path))
  const links = [...new Set([...asked(job, enterer), ...job.write])]
    .filter(exists)
    .filter((path) => realpathSync(path) !== path)
    .filter((path) => ![...read, ...write].some((root) => below(path, root)))
  return [
    ...read.map((bind) => ({ bind, write: false })),
    ...write.map((bind) => ({ bind, write: true })),
    ...links.map((link) => ({ link, to: realpathSync(link) })),
  ]
}

/** The unprivileged user a gateway that runs as root gives its children (nobody on every Linux). */
export const NOBODY = 65534

/** Whether a stranger to every group may do this with the path, and may walk to it. */
function open(path: string, bits: number): boolean {
  const allows = (at: string, want: number): boolean => (statSync(at).mode & want) === want
  for (let up = dirname(path); up !== '/'; up = dirname(up)) if (!allows(up, 1)) return false
  return allows(path, statSync(path).isDirectory() ? bits | 1 : bits)
}

/**
 * Whether root may give a child the user nobody: it exists in this user namespace (lines of first inside, first outside,
 * count; user_namespaces(7)) and CAP_SETGID and CAP_SETUID are held, which a container may have dropped. Pure.
 */
export function mayBecomeNobody(uidMap: string, status: string): boolean {
  const mapped = uidMap.split('\n').some((line) => {
    const [inside = 0, , count = 0] = line.trim().split(/\s+/).map(Number)
    return NOBODY >= inside && NOBODY < inside + count
  })
  const held = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`)
  return mapped && (held & 0xc0n) === 0xc0n
}

const peek = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/**
 * The user of a job when the gateway is root: nobody, unless a path of the job is closed to nobody. Then the child keeps
 * the number 0 and loses every capability, so that it can do what the owner of those files can, and no more.
 * Undefined when the gateway is not root: the child keeps the gateway's own user.
 */
export function userOf(job: JailJob, uid = process.getuid?.() ?? -1): number | undefined {
  if (uid !== 0) return undefined
  if (!mayBecomeNobody(peek('/proc/self/uid_map'), peek('/proc/self/status'))) return 0
  const read = roots([...job.argv.slice(0, 1), ...job.read])
  const reachable = read.every((path) => open(path, 4)) && roots(job.write).every((p) => open(p, 6))
  return reachable ? NOBODY : 0
}

/** Whether this file can be run by this process. */
export function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
