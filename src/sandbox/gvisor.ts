import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Jail, JailJob } from '../domain/capabilities.ts'
import { NOBODY, type Shown, shown } from './layout.ts'
import { rlimits } from './limits.ts'
import { programOf } from './program.ts'
import { type Command, supervise } from './supervise.ts'

export const RUNSC = '/usr/bin/runsc'
const MIB = 1024 * 1024

const mountOf = (part: Shown): readonly object[] =>
  'link' in part
    ? []
    : [
        {
          destination: part.bind,
          type: 'bind',
          source: part.bind,
          options: ['rbind', part.write ? 'rw' : 'ro', 'nosuid', 'nodev'],
        },
      ]

/** The same job as an OCI bundle (runtime-spec 1.1): read-only root, no capability, no network, bounded /tmp. Pure. */
export function ociSpec(job: JailJob, parts: readonly Shown[], rootfs: string): object {
  const { argv, env } = programOf(job)
  const { limits } = job
  return {
    ociVersion: '1.1.0',
    hostname: 'jail',
    root: { path: rootfs, readonly: true },
    process: {
      args: argv,
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      cwd: '/',
      user: { uid: NOBODY, gid: NOBODY },
      capabilities: { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] },
      noNewPrivileges: true,
      rlimits: rlimits(job).map(({ resource, soft, hard }) => ({
        type: `RLIMIT_${resource.toUpperCase()}`,
        soft,
        hard,
      })),
    },
    mounts: [
      ...parts.flatMap(mountOf),
      ...(limits.tmpMiB > 0
        ? [
            {
              destination: '/tmp',
              type: 'tmpfs',
              source: 'tmpfs',
              options: ['nosuid', 'nodev', `size=${limits.tmpMiB * MIB}`, 'mode=1777'],
            },
          ]
        : []),
    ],
    linux: {
      namespaces: ['pid', 'ipc', 'uts', 'mount', 'network'].map((type) => ({ type })),
      resources: {
        memory: { limit: limits.memoryMiB * MIB },
        pids: { limit: limits.processes },
      },
    },
  }
}

/** runsc(1): no network, its own kernel in user space, the two channels passed by number. Pure. */
export function gvisorCommand(job: JailJob, bundle: string, id: string): Command {
  return {
    file: RUNSC,
    args: [
      ...['--rootless', '--network=none', '--ignore-cgroups', `--root=${bundle}/state`, 'run'],
      ...['--pass-fd=3:3', '--pass-fd=4:4', `--bundle=${bundle}`, id],
    ],
    env: { PATH: '/usr/bin:/bin', ...programOf(job).env },
    helpers: 64,
  }
}

/** For hardened hosts that run gVisor. The boot self-test decides whether it may be used, as for every launcher. */
export function gvisorJail(): Jail {
  return {
    launcher: 'gvisor',
    isolated: true,
    launch: (job) => {
      const bundle = mkdtempSync(join(tmpdir(), 'vitrine-oci-'))
      const rootfs = join(bundle, 'rootfs')
      mkdirSync(rootfs)
      const spec = ociSpec(job, shown(job, job.argv[0] ?? ''), rootfs)
      writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec))
      const jailed = supervise(gvisorCommand(job, bundle, basename(bundle)), job)
      const ended = jailed.ended.finally(() => rmSync(bundle, { recursive: true, force: true }))
      return { ...jailed, ended }
    },
  }
}
