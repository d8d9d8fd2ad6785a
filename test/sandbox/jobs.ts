import { readFileSync, realpathSync } from 'node:fs'
import type { JailJob, JailLimits } from '../../src/domain/capabilities.ts'

export const limits: JailLimits = {
  wallMs: 20_000,
  cpuSeconds: 20,
  memoryMiB: 256,
  processes: 64,
  descriptors: 64,
  tmpMiB: 16,
  fileMiB: 8,
  logBytes: 4096,
  answerBytes: 1 << 20,
}

/** A job in one language whose program text is an argument. */
export const node = (code: string, over: Partial<JailLimits> = {}): JailJob => ({
  runtime: 'node',
  argv: [realpathSync(process.execPath), '-e', code],
  env: { TZ: 'UTC' },
  read: [],
  write: [],
  limits: { ...limits, ...over },
})
export const perl = (code: string, over: Partial<JailLimits> = {}): JailJob => ({
  ...node(code, over),
  runtime: 'perl',
  argv: ['/usr/bin/perl', '-e', code],
})
export const python = (code: string, over: Partial<JailLimits> = {}): JailJob => ({
  ...node(code, over),
  runtime: 'python',
  argv: ['/usr/bin/python3', '-I', '-S', '-c', code],
})

/** Whether a process is alive; a zombie that nobody has reaped yet is not. */
export function running(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
