import { ARG, assemble, type Instruction, load, NR, ret, VERDICT, whenEqual } from '../bpf.ts'
import { type Arch, syscall } from '../syscalls.ts'

/** What remains to a process that evaluates one person: computing in its own memory, and writing its answer. */
const COMPUTING = `
  read write readv writev close lseek fstat mmap mprotect munmap brk mremap madvise
  rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending sigaltstack sched_yield
  getuid geteuid getgid getegid exit exit_group set_robust_list rseq restart_syscall membarrier
`
  .trim()
  .split(/\s+/)

const ALLOW = [ret(VERDICT.allow)]
const EPERM = 1
const FUTEX_TIMEOUT = ARG(3)

/** A wait on a futex without a time limit: with one, a process could ask what time it is. */
const untimed: readonly Instruction[] = [
  load(FUTEX_TIMEOUT),
  ...whenEqual(0, [load(FUTEX_TIMEOUT + 4), ...whenEqual(0, ALLOW)]),
  // FUTEX_WAKE, alone and private: its fourth argument means nothing
  load(ARG(1)),
  ...whenEqual(1, ALLOW),
  ...whenEqual(129, ALLOW),
  ret(VERDICT.errno(EPERM)),
]

/**
 * The second filter of a process that evaluates one person, on top of the jail's (the stricter verdict holds, seccomp(2)):
 * no file by any path, no new process or thread, no signal to anybody, no clock, no random source, no question about a
 * descriptor that it shares. Everything that is not computing answers EPERM.
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
    ret(VERDICT.errno(EPERM)),
  ])
}
