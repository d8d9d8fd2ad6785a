import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export type StoreChild = Readonly<{
  process: ChildProcess
  /** What it has said so far, whole lines only. */
  lines(): readonly string[]
  /** Resolves when it has said so, rejects when it ends before. */
  said(line: string): Promise<void>
  /** SIGKILL, and wait for the end. */
  kill(): Promise<void>
  ended: Promise<unknown>
}>

/** Starts test/support/store-child.ts (directory, url or '', name, mode) in a process of its own, as another user where one is given. */
export function storeChild(args: readonly string[], uid?: number): StoreChild {
  const script = join(import.meta.dirname, 'store-child.ts')
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const ended = once(child, 'close')
  const lines = (): string[] => text.split('\n').slice(0, -1)
  return {
    process: child,
    lines,
    ended,
    said: async (line) => {
      let over = false
      void ended.then(() => {
        over = true
      })
      while (!lines().includes(line)) {
        if (over) throw new Error(`the child ended and said ${JSON.stringify(text)}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
