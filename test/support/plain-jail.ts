import { spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { Jail, JailEnd } from '../../src/domain/capabilities.ts'
import { programOf } from '../../src/sandbox/program.ts'

/** The contract of a jail without the jail, for tests over made-up data. The real launchers are src/sandbox. */
export const plainJail = (): Jail => ({
  launcher: 'plain',
  isolated: false,
  launch(job) {
    const { argv, env } = programOf(job)
    const [program = '', ...args] = argv
    const child = spawn(program, args, {
      // What this run has compiled already: see jail.ts.
      env: { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    })
    let log = ''
    let reason: JailEnd['reason'] | undefined
    const keep = (chunk: Buffer): void => {
      if (log.length < job.limits.logBytes) log += chunk.toString('utf8')
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    const kill = (why: JailEnd['reason'] = 'killed'): void => {
      reason ??= why
      try {
        if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
          process.kill(-child.pid, 'SIGKILL')
      } catch {
        child.kill('SIGKILL')
      }
    }
    const timer = setTimeout(() => kill('deadline'), job.limits.wallMs)
    const ended = new Promise<JailEnd>((resolve) => {
      child.on('close', (code, signal) => {
        clearTimeout(timer)
        resolve({ reason: reason ?? (code === 0 ? 'exit' : 'crash'), code, signal })
      })
    })
    return {
      pid: child.pid ?? -1,
      requests: child.stdio[4] as Writable,
      answers: child.stdio[3] as Readable,
      log: () => log,
      kill,
      ended,
    }
  },
})
