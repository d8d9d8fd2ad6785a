import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../domain/problem.ts'
import type { ExportFile } from './inventory.ts'
import type { ScanResult } from './scan.ts'

/**
 * The folder in which a load works, `out/.loading-<dataset>`. Nothing in it is ever visible as a snapshot. A killed load
 * leaves it behind; the next one of the same plan takes up its finished scans, any other starts empty.
 */
export type Work = Readonly<{
  folder: string
  /** A path that no earlier, perhaps still dying, attempt writes to. */
  fresh(name: string): string
  recall(file: ExportFile): ScanResult | undefined
  remember(file: ExportFile, result: ScanResult): void
  /** Removes the folder; `keep` leaves it for a resume and only gives up the lock. */
  end(keep: boolean): void
}>

/** `plan` is a digest of everything that scans depend on. Throws `load-failed` while another load of the dataset lives. */
export function startWork(out: string, dataset: string, plan: string, attempt: string): Work {
  const folder = join(out, `.loading-${dataset}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  lock(join(folder, 'lock'))
  if (read(join(folder, 'plan')) !== plan) {
    rmSync(join(folder, 'scans'), { recursive: true, force: true })
    writeFileSync(join(folder, 'plan'), plan, { mode: 0o600 })
  }
  mkdirSync(join(folder, 'scans'), { recursive: true, mode: 0o700 })
  const memory = (file: ExportFile): string => join(folder, 'scans', `${file.key}.json`)
  return {
    folder,
    fresh: (name) => join(folder, 'scans', `${attempt}-${name}`),
    recall(file) {
      const text = read(memory(file))
      if (text === undefined) return undefined
      const known = JSON.parse(text) as { identity: string; result: ScanResult }
      return known.identity === identity(file) ? known.result : undefined
    },
    remember(file, result) {
      const text = JSON.stringify({ identity: identity(file), result })
      const part = `${memory(file)}.part`
      writeFileSync(part, text, { mode: 0o600 })
      renameSync(part, memory(file))
    },
    end(keep) {
      if (keep) unlinkSync(join(folder, 'lock'))
      // A child of a killed attempt may still be writing its last file.
      else rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

function identity(file: ExportFile): string {
  const { size, mtimeMs, ino } = statSync(file.path)
  return `${size}:${mtimeMs}:${ino}`
}

/** The lock names its process and when that started, so that a recycled pid is not taken for the owner. */
function lock(path: string): void {
  const holder = read(path)
  if (holder !== undefined && alive(holder))
    throw new Problem('load-failed', {
      rule: 'load-in-progress',
      reason: 'Another load of this dataset is running.',
      fix: 'Wait for it, or stop it.',
    })
  rmSync(path, { force: true })
  writeFileSync(path, `${process.pid} ${startOf(process.pid)}`, { flag: 'wx', mode: 0o600 })
}

function alive(holder: string): boolean {
  const [pid = '', started = ''] = holder.split(' ')
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    if ((error as { code?: string }).code !== 'EPERM') return false
  }
  return startOf(Number(pid)) === started
}

/** Field 22 of /proc/pid/stat; empty where there is no such thing. */
function startOf(pid: number): string {
  const stat = read(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
