import { statSync } from 'node:fs'
import type { Child } from './child.ts'

/** Milliseconds that a spare child keeps a workspace open. */
export const SPARE_MS = 30_000

export type Opened = Readonly<{ child: Child; open: Promise<Readonly<Record<string, unknown>>> }>

/**
 * Keeps one opened child per recently asked workspace, for half a minute: a study asks in bursts. A file that was
 * replaced in the meantime is another file.
 */
export function makeWarm(
  start: (database: string) => Opened,
  spares: number,
): Readonly<{ take(database: string, once?: boolean): Opened; close(): void }> {
  const warm = new Map<string, Opened & Readonly<{ stamp: string; timer: NodeJS.Timeout }>>()
  const drop = (database: string): void => {
    const spare = warm.get(database)
    if (spare === undefined) return
    clearTimeout(spare.timer)
    spare.child.kill()
    warm.delete(database)
  }
  const begin = (database: string): Opened => {
    const opened = start(database)
    opened.open.catch(() => undefined)
    return opened
  }
  const keep = (database: string, stamp: string): void => {
    for (const other of warm.keys()) if (warm.size >= spares) drop(other)
    const timer = setTimeout(() => drop(database), SPARE_MS)
    timer.unref()
    warm.set(database, { ...begin(database), stamp, timer })
  }
  return {
    take(database, once = false) {
      const stamp = stampOf(database)
      const spare = warm.get(database)
      if (spare !== undefined) {
        clearTimeout(spare.timer)
        warm.delete(database)
      }
      const usable = spare?.stamp === stamp && spare.child.alive()
      if (spare !== undefined && !usable) spare.child.kill()
      const taken = spare !== undefined && usable ? spare : begin(database)
      if (spares > 0 && stamp !== '' && !once) keep(database, stamp)
      return taken
    },
    close: () => {
      for (const database of [...warm.keys()]) drop(database)
    },
  }
}

function stampOf(database: string): string {
  const s = statSync(database, { bigint: true, throwIfNoEntry: false })
  return s === undefined ? '' : `${s.ino}:${s.size}:${s.mtimeNs}`
}
