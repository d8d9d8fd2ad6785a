import type { DuckDBConnection } from '@duckdb/node-api'
import { type Answer, openDuckDB, PLAN, SERIALIZE, serve, tableOf, textOf } from './program.ts'
import { overWorkspace } from './settings.ts'

/**
 * One workspace file, one query, one life: open -> plan -> (the parent checks the plan) -> run. The text that runs
 * is the text that was planned: `run` takes none.
 */

let connection: DuckDBConnection | undefined
let planned: string | undefined
let spent = false

async function handle(request: Answer): Promise<Answer> {
  if (request['do'] === 'open' && connection === undefined) {
    const { database, memoryMiB, threads } = request
    connection = await openDuckDB(
      overWorkspace(String(database), Number(memoryMiB), Number(threads)),
    )
    // Only tables: a stored macro or view would shadow what the proof speaks of.
    const others = await textOf(
      connection,
      `SELECT ((SELECT count(*) FROM duckdb_views() WHERE database_name = 'ws' AND NOT internal)
        + (SELECT count(*) FROM duckdb_functions() WHERE database_name = 'ws' AND NOT internal))::VARCHAR`,
    )
    return others === '0' ? { open: true } : { failed: true }
  }
  if (connection === undefined) return { failed: true }
  if (request['do'] === 'plan' && planned === undefined) {
    const text = String(request['text'])
    const json = await textOf(connection, PLAN, { text })
    // Only a SELECT has a tree, and only what has a plan may run: PRAGMA, CHECKPOINT and their like end here.
    const tree = await textOf(connection, SERIALIZE, { text })
    if (![tree, json].every((j) => j.startsWith('{"error":false'))) return { failed: true }
    planned = text
    return { json }
  }
  if (request['do'] === 'run' && planned !== undefined && !spent) {
    spent = true
    return { table: await tableOf(connection, planned) }
  }
  return { failed: true }
}

await serve(handle)
