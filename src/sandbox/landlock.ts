import type { Jail, JailJob } from '../domain/capabilities.ts'
import { assemble } from './bpf.ts'
import { PERL } from './bubblewrap.ts'
import { enterArguments } from './enter.ts'
import { jailEnvironment, readable, roots, userOf } from './layout.ts'
import { rlimits } from './limits.ts'
import { filter, profileOf } from './seccomp.ts'
import { type Command, supervise } from './supervise.ts'
import type { Arch } from './syscalls.ts'

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
  const entry = {
    arch,
    rlimits: rlimits(job).filter(({ resource }) => resource !== 'nproc'),
    filter: assemble(filter(profileOf(job, arch, 'self'))),
    landlock: { read, write },
  }
  return {
    file: PERL,
    args: enterArguments(entry, job.argv),
    env: jailEnvironment(job),
    helpers: 0,
    ...(uid === undefined ? {} : { uid }),
  }
}

/** The launcher where user namespaces are blocked: nothing to install, Linux 6.2 or newer, perl-base. */
export function landlockJail(arch: Arch): Jail {
  return {
    launcher: 'landlock',
    isolated: true,
    launch: (job) => {
      const [read, write] = [readable(job, PERL), roots(job.write)]
      return supervise(landlockCommand(job, { arch, read, write, uid: userOf(job) }), job)
    },
  }
}
