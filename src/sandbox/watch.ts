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

type Use = Readonly<{ kiB: number; threads: number }>

/** What one process holds: anonymous and shared-anonymous memory, files aside, and its threads. Nothing when it is gone. */
function useOf(pid: number): Use {
  const status = peek(`/proc/${pid}/status`) ?? ''
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0)
  return { kiB: field('RssAnon') + field('RssShmem'), threads: field('Threads') }
}

/**
 * The bound where no cgroup is delegated: looks at the tree every `everyMs` and calls `over` when the tree holds more than
 * `memoryMiB`, or has more than `tasks` threads (a process has at least one). RLIMIT_AS stays the hard cap between
 * two looks. Returns the function that stops it.
 */
export function watch(
  pid: number,
  bounds: Readonly<{ memoryMiB: number; tasks: number }>,
  over: (reason: 'memory' | 'killed') => void,
  everyMs = 20,
): () => void {
  const look = (): void => {
    const uses = tree(pid).map(useOf)
    if (uses.reduce((sum, { threads }) => sum + threads, 0) > bounds.tasks) over('killed')
    else if (uses.reduce((sum, { kiB }) => sum + kiB, 0) > bounds.memoryMiB * 1024) over('memory')
  }
  const timer = setInterval(look, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
