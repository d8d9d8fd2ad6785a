import { DuckDBInstance } from '@duckdb/node-api'
import { targetValues, type World } from './data.ts'
import type { Channel } from './observe.ts'

/**
 * The weakest gateways that the same attack defeats: real DuckDB over the rows as they were sent, without caps, one query
 * per channel. Each answers what an attacker would see there.
 */
export const controlNames: Readonly<Record<Channel, string>> = {
  status: 'runs the text as typed, answers 500 where the engine fails',
  refusal: "forwards the engine's error",
  shape: 'exact threshold: a row from 10 persons on',
  tick: 'publishes at once (milliseconds, to a power of two)',
  meter: 'charges for published cells only',
}

export type Control = Readonly<{ see(channel: Channel): Promise<string>; close(): void }>

export async function controlOf(world: World): Promise<Control> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const mine = targetValues(world).join("::DOUBLE), ('t', ")
  await connection.run(
    `CREATE TABLE observation AS SELECT 'p' || i AS person_id, (5 + i % 5)::DOUBLE AS value FROM range(800) t(i)`,
  )
  await connection.run(`INSERT INTO observation VALUES ('t', ${mine}::DOUBLE)`)
  const run = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJS()
  const failing = 'SELECT sum(CAST(value AS INTEGER)) FROM observation'
  // Nine others, and the target in one of the worlds.
  const near = `SELECT count(DISTINCT person_id) AS n FROM observation
    WHERE person_id IN ('p0','p1','p2','p3','p4','p5','p6','p7','p8') OR (person_id = 't' AND value > 1e299) HAVING n >= 10`
  const see = async (channel: Channel): Promise<string> => {
    switch (channel) {
      case 'status':
        return run(failing).then(
          () => '200',
          () => '500',
        )
      case 'refusal':
        return run(failing).then(
          () => 'none',
          (error: unknown) => String(error),
        )
      case 'shape':
        return `${(await run(near)).length} rows`
      case 'meter':
        return String((await run(near)).length / 40)
      case 'tick': {
        const at = performance.now()
        await run(
          'SELECT sum(a.value * b.value + i) FROM observation a JOIN observation b ON a.person_id = b.person_id, range(6) t(i)',
        )
        return String(Math.floor(Math.log2(performance.now() - at)))
      }
    }
  }
  return {
    see,
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
