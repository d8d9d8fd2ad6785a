import type { ExportFile } from './inventory.ts'
import type { ScanResult } from './scan.ts'

/** For a bar: where a load is. Bytes are bytes on disk. */
export type Progress = Readonly<{
  phase: 'scan' | 'check' | 'tables'
  file?: string
  bytes: number
  ofBytes: number
  lines: number
  /** Share of the whole load that is done, 0 to 1, and the seconds that are left if it goes on so. */
  done: number
  etaSeconds?: number
}>

/** Shares of the whole, measured: the scan reads every byte, tables read several times what views need. */
const share = { scan: 0.6, check: 0.1, tables: 0.3 } as const

export function progressOf(
  files: readonly ExportFile[],
  tell: ((progress: Progress) => void) | undefined,
) {
  const ofBytes = files.reduce((sum, f) => sum + f.bytes, 0)
  const started = performance.now()
  let finishedBytes = 0
  let lines = 0
  const say = (phase: Progress['phase'], bytes: number, done: number, file?: string): void => {
    const seconds = (performance.now() - started) / 1000
    tell?.({
      phase,
      ...(file !== undefined && { file }),
      bytes,
      ofBytes,
      lines,
      done,
      ...(done > 0.01 && { etaSeconds: Math.round((seconds * (1 - done)) / done) }),
    })
  }
  const scanned = (bytes: number, file: string): void =>
    say('scan', bytes, (share.scan * bytes) / Math.max(1, ofBytes), file)
  return {
    /** Compressed files count when they are finished: how far they unpack is not known before. */
    file: (file: ExportFile, bytes: number): void =>
      scanned(
        finishedBytes + (file.name.endsWith('.gz') ? 0 : Math.min(bytes, file.bytes)),
        file.name,
      ),
    finished(file: ExportFile, result: ScanResult): void {
      finishedBytes += file.bytes
      lines += result.read
      scanned(finishedBytes, file.name)
    },
    phase: (phase: 'check' | 'tables'): void =>
      say(phase, ofBytes, phase === 'check' ? share.scan : share.scan + share.check),
    tables: (done: number, of: number): void =>
      say('tables', ofBytes, share.scan + share.check + (share.tables * done) / of),
  }
}
