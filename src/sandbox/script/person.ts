import { randomBytes } from 'node:crypto'
import type { Writable } from 'node:stream'
import type { Jail, JailJob } from '../../domain/capabilities.ts'
import type { Cell } from '../../domain/glass.ts'
import { Problem } from '../../domain/problem.ts'
import type { PersonScript } from '../../domain/script.ts'
import { valuesOf } from './fields.ts'
import { boundedLines } from './lines.ts'

/** Bytes of one line on fd 3 that are kept: an answer and its token. */
const LINE = 65_536 + 64
/** Bytes of one person's records. */
const RECORDS = 16 * 1024 * 1024

type Turn = Readonly<{ token: string; end: string }>
const turn = (): Turn => ({
  token: randomBytes(16).toString('hex'),
  end: randomBytes(16).toString('hex'),
})

/** One person's records on fd 4 (sandbox/python/zygote.py): length, token, records, and the token that ends the turn. */
const frame = ({ token, end }: Turn, records: string): Buffer => {
  const body = Buffer.from(records, 'utf8')
  if (body.length > RECORDS) throw new Problem('too-large', { rule: 'person-records' })
  const head = `${String(body.length).padStart(10, '0')}${token}`
  return Buffer.concat([Buffer.from(head), body, Buffer.from(end)])
}

const write = (
  to: Writable,
  bytes: Uint8Array | string,
  gone: Promise<unknown>,
): Promise<unknown> =>
  to.write(bytes)
    ? Promise.resolve()
    : Promise.race([new Promise((resolve) => to.once('drain', resolve)), gone])

const failed = (died: boolean): Problem => new Problem('run-failed', { died })

/**
 * Runs the job's runner and evaluates each person in it, in order. A child may say anything on the shared pipe: the first
 * line with its own token counts, everything else is dropped, and only the end token, which a child cannot know, passes the
 * turn on. So nothing that one person's evaluation says or does reaches another person's answer.
 * Throws `run-failed` with `died` when the runner ends before every person had a turn, or on the signal.
 */
export async function evaluatePersons(
  jail: Jail,
  job: JailJob,
  header: Readonly<Record<string, unknown>>,
  work: Readonly<{
    script: PersonScript
    records: AsyncIterable<string>
    answer: (values: readonly Cell[]) => void
    signal?: AbortSignal | undefined
  }>,
): Promise<void> {
  const { script, records, answer, signal } = work
  if (signal?.aborted === true) throw failed(true)
  const jailed = jail.launch(job)
  const kill = (): void => jailed.kill('killed')
  signal?.addEventListener('abort', kill, { once: true })
  const waiting: Turn[] = []
  let broken: unknown
  let over = false
  const gone = jailed.ended.then(() => {
    over = true
  })
  const send = async (): Promise<void> => {
    try {
      await write(jailed.requests, `${JSON.stringify(header)}\n`, gone)
      for await (const line of records) {
        if (over) return
        const next = turn()
        waiting.push(next)
        await write(jailed.requests, frame(next, line), gone)
      }
      jailed.requests.end()
    } catch (error) {
      broken = error
      kill()
    }
  }
  const sending = send()
  try {
    let said: string | undefined
    for await (const line of boundedLines(jailed.answers, LINE)) {
      const now = waiting[0]
      if (now === undefined) continue
      if (line === `E ${now.end}`) {
        waiting.shift()
        answer(valuesOf(script.fields, said))
        said = undefined
      } else if (said === undefined && line.startsWith(`A ${now.token} `))
        said = line.slice(3 + now.token.length)
    }
  } catch (error) {
    broken ??= error
  } finally {
    if (broken !== undefined) kill()
    signal?.removeEventListener('abort', kill)
  }
  const end = await jailed.ended
  await sending
  if (broken !== undefined) throw broken
  const well = end.reason === 'exit' && end.code === 0
  if (!well || waiting.length > 0) throw failed(true)
}
