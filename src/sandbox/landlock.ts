import { readFileSync } from 'node:fs'
import type { Jail, JailJob } from '../domain/capabilities.ts'
import { assemble } from './bpf.ts'
import { PERL } from './bubblewrap.ts'
import type { Groups } from './cgroup.ts'
import { enterArguments } from './enter.ts'
import { readable, roots, userOf } from './layout.ts'
import { rlimits } from './limits.ts'
import { programOf } from './program.ts'
import { filter, profileOf } from './seccomp.ts'
import { type Command, supervise } from './supervise.ts'
import type { Arch } from './syscalls.ts'

/**
 * DuckDB crashes when one of these exists (under Landlock `stat` still answers) and may not be read. They tell a child the
 * limits of its own control group and nothing else.
 */
export function ownLimits(cgroup: string): readonly string[] {
  const memory = cgroup.split('\n').flatMap((line) => {
    const [, controllers = '', path = ''] = line.split(':')
    if (controllers === '' && path) return [`/sys/fs/cgroup${path}/memory.max`]
    return controllers.split(',').includes('memory')
      ? [`/sys/fs/cgroup/memory${path}/memory.limit_in_bytes`]
      : []
  })
  const cpu = ['cpu.max', 'cpu/cpu.cfs_quota_us', 'cpu/cpu.cfs_period_us']
  return ['/proc/self/cgroup', ...memory, ...cpu.map((name) => `/sys/fs/cgroup/${name}`)]
}

/**
 * The command line of a job without namespaces: perl locks its own process with Landlock and the filter and becomes the
 * job. There is no private /tmp (`tmpMiB` gives none), and the count of processes is held by the filter (no fork)
 * and the parent's watch, because the kernel's own count is per user and not per job.
 */
export function landlockCommand(
  job: JailJob,
  machine: Readonly<{
    arch: Arch
    read: readonly string[]
    write: readonly string[]
    uid?: number | undefined
  }>,
): Command {
  const { arch, read, write, uid } = machine
  const program = programOf(job)
  const entry = {
    arch,
    rlimits: rlimits(job).filter(({ resource }) => resource !== 'nproc'),
    filter: assemble(filter(profileOf(job, arch, 'self'))),
    landlock: { read, write },
  }
  return {
    file: PERL,
    args: enterArguments(entry, program.argv),
    env: program.env,
    helpers: 0,
    ...(uid === undefined ? {} : { uid }),
  }
}

const ownCgroup = (): string => {
  try {
    return readFileSync('/proc/self/cgroup', 'utf8')
  } catch {
    return ''
  }
}

/** The launcher where user namespaces are blocked: nothing to install, Linux 6.2 or newer, perl-base. */
export function landlockJail(arch: Arch, groups?: Groups): Jail {
  return {
    launcher: 'landlock',
    isolated: true,
    launch: (job) => {
      const limits = job.runtime === 'node-duckdb' ? ownLimits(ownCgroup()) : []
      const [read, write] = [[...readable(job, PERL), ...limits], roots(job.write)]
      return supervise(
        landlockCommand(job, { arch, read, write, uid: userOf(job) }),
        job,
        groups?.(job),
      )
    },
  }
}
