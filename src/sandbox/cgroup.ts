import { randomUUID } from 'node:crypto'
import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JailJob } from '../domain/capabilities.ts'
import { resident } from './limits.ts'
import type { Command } from './supervise.ts'

const MIB = 1024 * 1024
const NEEDED = ['memory', 'pids']

/** Name and text of each file that bounds one job (cgroup-v2.rst): no swap, and the group dies as one. Pure. */
export function groupFiles(
  job: Pick<JailJob, 'runtime' | 'limits'>,
): Readonly<Record<string, string>> {
  const { runtime, limits } = job
  return {
    'memory.max': String(resident(runtime, limits.memoryMiB) * MIB),
    'memory.swap.max': '0',
    'memory.oom.group': '1',
    'pids.max': String(limits.processes + 4),
  }
}

const text = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

/** Whether this folder is a control group given to us, with memory and pids handed down to its children. */
export function delegated(root: string): boolean {
  try {
    accessSync(root, constants.W_OK)
    accessSync(join(root, 'cgroup.procs'), constants.W_OK)
  } catch {
    return false
  }
  const handed = text(join(root, 'cgroup.subtree_control')).split(' ')
  return NEEDED.every((controller) => handed.includes(controller))
}

/**
 * Where systemd's `Delegate=yes` with `DelegateSubgroup=` leaves room for children: the parent of the gateway's own control
 * group. Undefined when there is none, or it is not delegated; then RLIMIT_AS and the parent's watch are the bound.
 */
export function delegatedRoot(
  own = text('/proc/self/cgroup'),
  mount = '/sys/fs/cgroup',
): string | undefined {
  const path = /^0::(\/.+)\/[^/\n]+$/m.exec(own)?.[1]
  const root = path === undefined ? undefined : join(mount, path)
  return root !== undefined && delegated(root) ? root : undefined
}

/** A control group for one job: everything the child starts is in it, wherever it moves. */
export type Group = Readonly<{
  add(pid: number): void
  kill(): void
  /** Whether the kernel killed for memory. */
  starved(): boolean
  remove(): void
}>

/** Makes the group `name` below `root` with these limits. Throws when a limit cannot be set: no job runs without it. */
export function openGroup(
  root: string,
  name: string,
  files: Readonly<Record<string, string>>,
): Group {
  const folder = join(root, name)
  mkdirSync(folder)
  for (const [file, value] of Object.entries(files)) writeFileSync(join(folder, file), value)
  return {
    add: (pid) => writeFileSync(join(folder, 'cgroup.procs'), String(pid)),
    kill: () => writeFileSync(join(folder, 'cgroup.kill'), '1'),
    starved: () => /^oom_kill [1-9]/m.test(text(join(folder, 'memory.events'))),
    remove: () => {
      try {
        rmdirSync(folder)
      } catch {
        // a dying process is still in it; an empty group costs nothing
      }
    },
  }
}

/** Makes a group per job below a delegated root. */
export type Groups = (job: Pick<JailJob, 'runtime' | 'limits'>) => Group
export const groupsBelow =
  (root: string): Groups =>
  (job) =>
    openGroup(root, `vitrine-${randomUUID()}`, groupFiles(job))

/** The command that waits for one line on fd 5, so that it is in its group before it does anything. Pure. */
export const waiting = (command: Command): Command => ({
  ...command,
  file: '/bin/sh',
  args: ['-c', 'read -r go <&5 && exec "$@" 5<&-', 'sh', command.file, ...command.args],
})
