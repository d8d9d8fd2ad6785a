import { createInterface } from 'node:readline'
import type { Jail, JailJob } from '../domain/capabilities.ts'

/** A conversation with one child over its two pipes, strictly question and answer. */
export type Child = Readonly<{
  /**
   * Sends one request and waits for its answer. Documents `{done}` before it go to `onDone`. Throws an Error with `died` when the
   * child ends, answers out of form, or is killed here by the deadline (milliseconds) or the signal.
   */
  ask(
    request: Readonly<Record<string, unknown>>,
    options: Readonly<{ ms: number; signal?: AbortSignal; onDone?: (done: number) => void }>,
  ): Promise<Readonly<Record<string, unknown>>>
  alive(): boolean
  kill(): void
  ended: Promise<unknown>
  log(): string
}>

/** The child is gone. Says nothing about why: that speaks of data. */
const died = (): Error => Object.assign(new Error('the engine child is gone'), { died: true })
const DIED = Symbol('died')

type Line = Readonly<Record<string, unknown>>

export function startChild(jail: Jail, job: JailJob): Child {
  const jailed = jail.launch(job)
  let over = false
  let waiting: ((line: Line | typeof DIED) => void) | undefined
  const settle = (line: Line | typeof DIED): void => {
    const to = waiting
    waiting = undefined
    to?.(line)
  }
  const end = (): void => {
    over = true
    settle(DIED)
  }
  const kill = (): void => {
    jailed.kill('killed')
    end()
  }
  let onDone: ((done: number) => void) | undefined
  createInterface({ input: jailed.answers }).on('line', (text) => {
    const line = readLine(text)
    if (line === undefined) kill()
    else if (typeof line['done'] === 'number') onDone?.(line['done'])
    else settle(line)
  })
  const ended = jailed.ended.then(end, end)
  jailed.requests.on('error', kill)
  jailed.answers.on('error', kill)
  return {
    alive: () => !over,
    kill,
    ended,
    log: jailed.log,
    async ask(request, options) {
      if (over || waiting !== undefined || options.signal?.aborted === true) throw died()
      onDone = options.onDone
      const timer = setTimeout(kill, options.ms)
      options.signal?.addEventListener('abort', kill, { once: true })
      try {
        const line = await new Promise<Line | typeof DIED>((resolve) => {
          waiting = resolve
          jailed.requests.write(`${JSON.stringify(request)}\n`)
        })
        if (line === DIED) throw died()
        return line
      } finally {
        clearTimeout(timer)
        options.signal?.removeEventListener('abort', kill)
      }
    },
  }
}

function readLine(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Line)
      : undefined
  } catch {
    return undefined
  }
}
