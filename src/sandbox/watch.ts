import { readFileSync } from 'node:fs'

/** Text of a file under /proc, or undefined when the process is gone or the system has no /proc. */
function peek(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}

/** A process and everything below it, parents first. Empty when it is gone; only itself where /proc is missing. */
export function tree(pid: number): readonly number[] {
  const children = peek(`/proc/${pid}/task/${pid}/children`)
  if (children === undefined) return [pid]
  const below = children.trim().split(' ').filter(Boolean).map(Number)
  return [pid, ...below.flatMap(tree)]
}

/** Memory in KiB that only this process accounts for: anonymous and shared-anonymous pages, files aside. */
function residentKiB(pid: number): number {
  const status = peek(`/proc/${pid}/status`) ?? ''
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
  return field('RssAnon') + field('RssShmem')
}

/**
 * The bound where no cgroup is delegated: looks at the tree every `everyMs` and calls `over` once when the tree holds
 * more than `memoryMiB` or more than `processes` processes. RLIMIT_AS stays the hard cap between two looks.
 * Returns the function that stops it.
 */
export function watch(
  pid: number,
  bounds: Readonly<{ memoryMiB: number; processes: number }>,
  over: (reason: 'memory' | 'killed') => void,
  everyMs = 20,
): () => void {
  const look = (): void => {
    const pids = tree(pid)
    if (pids.length > bounds.processes) over('killed')
    else if (pids.reduce((sum, p) => sum + residentKiB(p), 0) > bounds.memoryMiB * 1024)
      over('memory')
  }
  const timer = setInterval(look, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
