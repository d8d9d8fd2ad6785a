import { createReadStream, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { toWire, type WireTable } from './wire.ts'

/** What the three child programs share. Requests on fd 4, answers on fd 3; stdout is for nobody. */

export type Answer = Readonly<Record<string, unknown>>

/** One JSON document per line; blocks until the pipe took it. */
export function answer(document: Answer): void {
  const bytes = Buffer.from(`${JSON.stringify(document)}\n`)
  for (let sent = 0; sent < bytes.length; ) {
    try {
      sent += writeSync(3, bytes, sent)
    } catch (error) {
      if ((error as { code?: string }).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

/** Serves one request after the other. A failure is answered as `{failed:true}`; its text goes to fd 2 only. */
export async function serve(handle: (request: Answer) => Promise<Answer>): Promise<void> {
  const lines = createInterface({ input: createReadStream('', { fd: 4 }) })
  for await (const line of lines) {
    try {
      answer(await handle(JSON.parse(line)))
    } catch (error) {
      process.stderr.write(`${String(error)}\n`)
      answer({ failed: true })
    }
  }
}

export async function openDuckDB(settings: readonly string[]): Promise<DuckDBConnection> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  for (const setting of settings) await connection.run(setting)
  return connection
}

/** Runs one statement and reads it whole. */
export async function tableOf(
  connection: DuckDBConnection,
  sql: string,
  values: Record<string, string> = {},
): Promise<WireTable> {
  const reader = await connection.runAndReadAll(sql, values)
  return {
    columns: reader.columnNames(),
    rows: reader.getRows().map((row) => row.map(toWire)),
  }
}

/** The text in the first cell, for the serialisation functions. */
export async function textOf(
  connection: DuckDBConnection,
  sql: string,
  values: Record<string, string> = {},
): Promise<string> {
  const { rows } = await tableOf(connection, sql, values)
  return String(rows[0]?.[0])
}

export const SERIALIZE =
  'SELECT json_serialize_sql($text::VARCHAR, skip_null := true, skip_empty := false, skip_default := false)'
/** The bound plan. skip_empty would lose the empty set of GROUPING SETS. */
export const PLAN =
  'SELECT json_serialize_plan($text::VARCHAR, skip_null := true, skip_empty := false, optimize := false)'
