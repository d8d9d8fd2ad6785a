import type { JailJob } from '../domain/capabilities.ts'
import {
  ARCH,
  ARG,
  type Instruction,
  load,
  NR,
  ret,
  unlessEqual,
  VERDICT,
  whenAnyBit,
  whenAtLeast,
  whenEqual,
} from './bpf.ts'
import { ALLOWED, TRIPWIRES } from './classes.ts'
import { type Arch, syscall } from './syscalls.ts'

export type Profile = Readonly<{
  arch: Arch
  /** One more process may be made. Only R needs it, and a zygote; the others have threads only. */
  fork: boolean
  /** It may kill, add a filter, stay on one processor, and switch its counter off: our runner, before a script runs (script/confine.ts). */
  zygote: boolean
  /** Record locks: a lock on a shared file is a signal between two jails. DuckDB asks for one on every file it opens. */
  locks: 'refused' | 'pretended' | 'real'
  /** sysinfo(2) tells memory and load of the machine; V8 sizes its heap by it. */
  sysinfo: boolean
  /** Whom tgkill may reach: everybody of a process namespace, or (without one) the process itself. */
  reach: 'namespace' | 'self'
}>

/** What a runtime needs. Locks are real only for a child that writes a database, and pretended where it only reads. */
export function profileOf(
  job: Pick<JailJob, 'runtime' | 'write' | 'zygote'>,
  arch: Arch,
  reach: Profile['reach'],
): Profile {
  const duckdb = job.runtime === 'node-duckdb'
  const zygote = job.zygote === true
  return {
    arch,
    fork: job.runtime === 'r' || zygote,
    zygote,
    locks: !duckdb ? 'refused' : job.write.length > 0 ? 'real' : 'pretended',
    sysinfo: duckdb || job.runtime === 'node',
    reach,
  }
}

/** Stands for the process's own number until the launcher, which knows it, puts it in. */
export const SELF = 0x53454c46
const AUDIT_ARCH: Readonly<Record<Arch, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 }
const X32_BIT = 0x40000000
const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97]
const CLONE_NEW_ANY = 0x7e020000
/** CLONE_PARENT, CLONE_PTRACE: a child that is not below us, or is traced. */
const CLONE_ODD = 0x8000 | 0x2000
const CLONE_THREAD = 0x10000

const ALLOW = [ret(VERDICT.allow)]
const KILL = [ret(VERDICT.killProcess)]
const refuse = (errno: number): readonly Instruction[] => [ret(VERDICT.errno(errno))]

const oneOf = (argument: number, values: readonly number[], otherwise: readonly Instruction[]) => [
  load(ARG(argument)),
  ...values.flatMap((value) => whenEqual(value, ALLOW)),
  ...otherwise,
]

/** Terminal queries, non-blocking mode, close-on-exec, bytes waiting: TCGETS TIOCGWINSZ FIONREAD FIONBIO FIOCLEX FIONCLEX. */
const IOCTLS = [0x5401, 0x5413, 0x541b, 0x5421, 0x5450, 0x5451]
/** F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_DUPFD_CLOEXEC F_GETPIPE_SZ. */
const FCNTLS = [0, 1, 2, 3, 4, 1030, 1032]
/** F_GETLK F_SETLK F_SETLKW. */
const LOCKS = [5, 6, 7]
/** PR_GET_DUMPABLE PR_SET_NAME PR_GET_NAME PR_GET_SECCOMP PR_CAPBSET_READ PR_GET_NO_NEW_PRIVS PR_SET_VMA. */
const PRCTLS = [3, 15, 16, 21, 23, 39, 0x53564d41]
/** PR_SET_SECCOMP PR_SET_TSC: they only take away. */
const ZYGOTE_PRCTLS = [22, 26]

/** SO_TYPE SO_ERROR SO_ACCEPTCONN SO_PROTOCOL SO_DOMAIN: what Node asks of its own pipes. Not SO_PEERCRED. */
const SOCKET_OPTIONS = [3, 4, 30, 38, 39]

const locks = (profile: Profile): readonly Instruction[] => {
  if (profile.locks === 'refused') return []
  const verdict = profile.locks === 'real' ? ALLOW : refuse(0)
  return LOCKS.flatMap((command) => whenEqual(command, verdict))
}

/** The body for each call that is judged by its arguments. */
const judged = (profile: Profile): Readonly<Record<string, readonly Instruction[]>> => ({
  ioctl: oneOf(1, IOCTLS, refuse(EPERM)),
  fcntl: [
    load(ARG(1)),
    ...FCNTLS.flatMap((command) => whenEqual(command, ALLOW)),
    ...locks(profile),
    ...refuse(EPERM),
  ],
  clone: [
    load(ARG(0)),
    ...whenAnyBit(CLONE_NEW_ANY, KILL),
    ...whenAnyBit(CLONE_ODD, refuse(EPERM)),
    ...whenAnyBit(CLONE_THREAD, ALLOW),
    ...(profile.fork ? ALLOW : refuse(EPERM)),
  ],
  fork: profile.fork ? ALLOW : refuse(EPERM),
  vfork: profile.fork ? ALLOW : refuse(EPERM),
  prctl: oneOf(0, profile.zygote ? [...PRCTLS, ...ZYGOTE_PRCTLS] : PRCTLS, refuse(EPERM)),
  prlimit64: oneOf(0, [0], refuse(EPERM)),
  tgkill: profile.reach === 'namespace' ? ALLOW : oneOf(0, [SELF], refuse(EPERM)),
  kill: profile.zygote ? ALLOW : refuse(EPERM),
  getsockopt: oneOf(2, SOCKET_OPTIONS, refuse(EPERM)),
  socket: refuse(EAFNOSUPPORT),
  socketpair: refuse(EAFNOSUPPORT),
  personality: oneOf(0, [0xffffffff], KILL),
  sysinfo: profile.sysinfo ? ALLOW : refuse(EPERM),
  sched_setaffinity: profile.zygote ? oneOf(0, [0], refuse(EPERM)) : refuse(ENOSYS),
})

/**
 * The filter of a profile: calls by the wrong architecture (i386 on x86-64, and x32) kill; the allowed, the judged and
 * the tripwires follow; everything else answers ENOSYS (clone3 and io_uring too, which glibc and Node expect).
 */
export function filter(profile: Profile): readonly Instruction[] {
  const on = (name: string, body: readonly Instruction[]): readonly Instruction[] => {
    const number = syscall(name, profile.arch)
    return number === undefined ? [] : whenEqual(number, body)
  }
  return [
    load(ARCH),
    ...unlessEqual(AUDIT_ARCH[profile.arch], KILL),
    load(NR),
    ...(profile.arch === 'x64' ? whenAtLeast(X32_BIT, KILL) : []),
    ...ALLOWED.flatMap((name) => on(name, ALLOW)),
    ...Object.entries(judged(profile)).flatMap(([name, body]) => on(name, body)),
    ...TRIPWIRES.flatMap((name) => on(name, KILL)),
    ...refuse(ENOSYS),
  ]
}
