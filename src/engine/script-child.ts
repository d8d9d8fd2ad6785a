import type { DuckDBConnection } from '@duckdb/node-api'
import { type Answer, answer, openDuckDB, serve, tableOf } from './program.ts'
import { overFiles } from './settings.ts'
import type { WireTable } from './wire.ts'

/** Our own statements over files: loads and workspaces. One transaction, unless they begin one themselves. */

const managesItself = (statements: readonly string[]): boolean =>
  statements.some((s) => /^\s*(begin|commit|checkpoint)\b/i.test(s))

/** Detaching writes the checkpoint, so that a finished file stands alone, without its log. */
async function finish(connection: DuckDBConnection): Promise<void> {
  const attached = await tableOf(
    connection,
    `SELECT database_name FROM duckdb_databases() WHERE NOT internal AND database_name <> 'memory'`,
  )
  await connection.run('USE memory')
  for (const [name] of attached.rows) {
    const quoted = String(name).replaceAll('"', '""')
    await connection.run(`DETACH "${quoted}"`)
  }
  connection.closeSync()
}

async function handle(request: Answer): Promise<Answer> {
  const { statements, folders, files, memoryMiB, threads, temp } = request as {
    statements: string[]
    folders: string[]
    files: string[]
    memoryMiB: number
    threads: number
    temp: string
  }
  const connection = await openDuckDB(overFiles(folders, files, memoryMiB, threads, temp))
  const whole = !managesItself(statements)
  const tables: WireTable[] = []
  if (whole) await connection.run('BEGIN')
  for (const [index, statement] of statements.entries()) {
    try {
      tables.push(await tableOf(connection, statement))
    } catch (error) {
      process.stderr.write(`statement ${index}: ${String(error)}\n`)
      return { failed: true, statement: index }
    }
    answer({ done: index + 1 })
  }
  if (whole) await connection.run('COMMIT')
  await finish(connection)
  return { tables }
}

await serve(handle)
