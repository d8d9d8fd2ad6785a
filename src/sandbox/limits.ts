import type { JailJob, JailLimits } from '../domain/capabilities.ts'

const MIB = 1024 * 1024
/** Resource numbers of Linux, equal on x86-64 and arm64 (include/uapi/asm-generic/resource.h). */
export const RLIMIT = {
  cpu: 0,
  fsize: 1,
  stack: 3,
  core: 4,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
} as const
export type Rlimit = Readonly<{ resource: keyof typeof RLIMIT; soft: number; hard: number }>

/**
 * Address space a runtime needs before it holds any data, in MiB. Measured with Node 24.21: it starts at 1,500 and
 * dies at 1,000; with DuckDB it wants 2,000 for a 200 MB engine. DuckDB allocates in blocks of 64 MiB that malloc does
 * not give back: at 2,048 one load in 40 failed on a busy machine, at 4,096 none of 42. Python with NumPy maps about
 * 300, R about 400.
 */
const BASE_MIB: Readonly<Record<JailJob['runtime'], number>> = {
  'node-duckdb': 4096,
  node: 1600,
  python: 256,
  r: 448,
  perl: 48,
}

/** RLIMIT_AS in bytes. For Python it is a real memory bound; for V8 the watch over resident memory is the tight one. */
export const addressSpace = (runtime: JailJob['runtime'], memoryMiB: number): number =>
  (BASE_MIB[runtime] + memoryMiB) * MIB

/** Memory a runtime holds before any data, in MiB; `memoryMiB` of a job comes on top of it. */
const START_MIB: Readonly<Record<JailJob['runtime'], number>> = {
  'node-duckdb': 128,
  node: 64,
  python: 96,
  r: 96,
  perl: 16,
}

/** The bound the parent's watch holds over the tree's resident memory, in MiB. */
export const resident = (runtime: JailJob['runtime'], memoryMiB: number): number =>
  START_MIB[runtime] + memoryMiB

/**
 * What the kernel enforces on every process of a job (setrlimit(2)), in bytes, seconds and counts. The soft CPU limit
 * sends SIGXCPU, so that the end is known to be `cpu`; a child that ignores it dies one second later.
 */
export function rlimits(job: Pick<JailJob, 'runtime' | 'limits'>): readonly Rlimit[] {
  const { limits, runtime } = job
  const both = (resource: keyof typeof RLIMIT, value: number): Rlimit => ({
    resource,
    soft: value,
    hard: value,
  })
  return [
    both('core', 0),
    { resource: 'cpu', soft: limits.cpuSeconds, hard: limits.cpuSeconds + 1 },
    both('fsize', limits.fileMiB * MIB),
    both('nofile', limits.descriptors),
    both('nproc', limits.processes),
    both('as', addressSpace(runtime, limits.memoryMiB)),
    both('memlock', 64 * 1024),
    both('msgqueue', 0),
    both('nice', 0),
    both('rtprio', 0),
  ]
}

/**
 * The same limits in the words of a POSIX shell, for `plain`, each ignored where the shell or system has no such limit.
 * Processes are left out: without a namespace the kernel counts all processes of the user.
 */
export function shellLimits(job: Pick<JailJob, 'runtime' | 'limits'>): string {
  const { limits, runtime } = job
  const set = [
    ['-c', 0],
    ['-S -t', limits.cpuSeconds],
    ['-H -t', limits.cpuSeconds + 1],
    ['-f', limits.fileMiB * 2048],
    ['-n', limits.descriptors],
    ['-v', addressSpace(runtime, limits.memoryMiB) / 1024],
  ]
  return set.map(([flag, value]) => `ulimit ${flag} ${value} 2>/dev/null; `).join('')
}

/** Refuses limits that are no limit: every figure is a positive whole number. */
export function soundLimits(limits: JailLimits): boolean {
  return Object.values(limits).every((value) => Number.isSafeInteger(value) && value >= 0)
}
