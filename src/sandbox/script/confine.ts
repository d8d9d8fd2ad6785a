import {
  ARG,
  assemble,
  type Instruction,
  load,
  NR,
  ret,
  VERDICT,
  whenAnyBit,
  whenEqual,
} from '../bpf.ts'
import { type Arch, syscall } from '../syscalls.ts'

/** What remains to a process that evaluates one person: computing in its own memory, and writing its answer. */
const COMPUTING = `
  read write readv writev close lseek mprotect munmap brk mremap
  rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending sigaltstack sched_yield
  getuid geteuid getgid getegid exit exit_group restart_syscall
`
  .trim()
  .split(/\s+/)

const ALLOW = [ret(VERDICT.allow)]
const EPERM = 1
const REFUSE = ret(VERDICT.errno(EPERM))
const FUTEX_TIMEOUT = ARG(3)

/** FUTEX_WAKE and FUTEX_WAIT(_BITSET), private: the others' key is a page of a file, which every jail of this machine shares. */
const WAKE = 129
const WAITS = [128, 137, 393]

/** A wake, or a wait without a time limit, with which a process could ask what time it is; among its own threads alone. */
const untimed: readonly Instruction[] = [
  load(ARG(1)),
  ...whenEqual(WAKE, ALLOW),
  ...WAITS.flatMap((wait) =>
    whenEqual(wait, [
      load(FUTEX_TIMEOUT),
      ...whenEqual(0, [load(FUTEX_TIMEOUT + 4), ...whenEqual(0, ALLOW)]),
      REFUSE,
    ]),
  ),
  REFUSE,
]

/** MADV_DONTNEED, _FREE, _HUGEPAGE, _NOHUGEPAGE: what allocators say of their own memory; others reach the pages of shared files. */
const ADVICE = [4, 8, 14, 15]
const advice: readonly Instruction[] = [
  load(ARG(2)),
  ...ADVICE.flatMap((it) => whenEqual(it, ALLOW)),
  REFUSE,
]

/** Not from the machine's pool of huge pages, whose level another process can see. */
const MAP_HUGETLB = 0x40000
const mapping: readonly Instruction[] = [
  load(ARG(3)),
  ...whenAnyBit(MAP_HUGETLB, [REFUSE]),
  ...ALLOW,
]

/**
 * The second filter of a process that evaluates one person, on top of the jail's (the stricter verdict holds, seccomp(2)):
 * no file by any path, no new process or thread, no signal to anybody, no clock, no random source, no question about a
 * descriptor that it shares (a pipe tells when it was last written to), no futex that another process can wait on. Everything that is not computing answers EPERM.
 */
export function confinement(arch: Arch): Uint8Array {
  const on = (name: string, body: readonly Instruction[]): readonly Instruction[] => {
    const number = syscall(name, arch)
    return number === undefined ? [] : whenEqual(number, body)
  }
  return assemble([
    load(NR),
    ...COMPUTING.flatMap((name) => on(name, ALLOW)),
    ...on('futex', untimed),
    ...on('madvise', advice),
    ...on('mmap', mapping),
    REFUSE,
  ])
}
