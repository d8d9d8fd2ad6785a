import type { Jail, JailJob } from '../domain/capabilities.ts'
import { assemble } from './bpf.ts'
import type { Groups } from './cgroup.ts'
import { enterArguments } from './enter.ts'
import { NOBODY, type Shown, shown, userOf } from './layout.ts'
import { rlimits } from './limits.ts'
import { programOf } from './program.ts'
import { filter, profileOf } from './seccomp.ts'
import { type Command, supervise } from './supervise.ts'
import type { Arch } from './syscalls.ts'

export const BWRAP = '/usr/bin/bwrap'
export const PERL = '/usr/bin/perl'
const MIB = 1024 * 1024
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom'].map((name) => `/dev/${name}`)

const show = (part: Shown): readonly string[] => {
  if ('link' in part) return ['--symlink', part.to, part.link]
  return [part.write ? '--bind' : '--ro-bind', part.bind, part.bind]
}

/**
 * The command line of a job: every namespace new, only the named trees visible and read-only, five devices, no /proc, no
 * /sys, no /etc; then perl locks its own process (enter.ts) and becomes the job. Pure: `parts` says what is shown
 * and `uid` who runs it (undefined keeps the gateway's user). A job that names paths below /tmp
 * gets no private /tmp, which would hide them. bwrap(1) of bubblewrap 0.8.
 */
export function bubblewrapCommand(
  job: JailJob,
  machine: Readonly<{ arch: Arch; parts: readonly Shown[]; uid?: number | undefined }>,
): Command {
  const { limits } = job
  const { arch, parts, uid } = machine
  const hidden = parts.some((part) => ('link' in part ? part.link : part.bind).startsWith('/tmp/'))
  const tmp =
    limits.tmpMiB > 0 && !hidden
      ? { bytes: limits.tmpMiB * MIB, inodes: 64 * limits.tmpMiB }
      : undefined
  const program = programOf(job)
  const entry = {
    arch,
    rlimits: rlimits(job),
    filter: assemble(filter(profileOf(job, arch, 'namespace'))),
    ...(tmp ? { tmp } : {}),
  }
  return {
    file: BWRAP,
    args: [
      ...['--unshare-all', '--die-with-parent', '--new-session', '--hostname', 'jail'],
      ...(uid === 0 ? ['--uid', String(NOBODY), '--gid', String(NOBODY)] : []),
      ...['--cap-drop', 'ALL', ...(tmp ? ['--cap-add', 'CAP_SYS_ADMIN'] : [])],
      ...parts.flatMap(show),
      ...DEVICES.flatMap((device) => ['--dev-bind', device, device]),
      ...(tmp ? ['--dir', '/tmp'] : []),
      ...['--remount-ro', '/', '--chdir', '/', '--'],
      ...[PERL, ...enterArguments(entry, program.argv)],
    ],
    env: program.env,
    helpers: 2,
    ...(uid === undefined ? {} : { uid }),
  }
}

/** The default launcher on Linux: namespaces by bubblewrap, limits and filter by perl-base inside them. */
export function bubblewrapJail(arch: Arch, groups?: Groups): Jail {
  return {
    launcher: 'bubblewrap',
    isolated: true,
    launch: (job) => {
      const command = bubblewrapCommand(job, { arch, parts: shown(job, PERL), uid: userOf(job) })
      return supervise(command, job, groups?.(job))
    },
  }
}
