import { type Answer, openDuckDB, PLAN, SERIALIZE, serve, tableOf, textOf } from './program.ts'
import { dataless } from './settings.ts'

/** A DuckDB without data: serialises texts, binds plans against empty tables, says which engine this is. */

const catalogue = `SELECT md5(string_agg(d, ';' ORDER BY d)) FROM (SELECT DISTINCT concat_ws(':', function_name,
  function_type, array_to_string(parameter_types, ','), return_type) AS d
  FROM duckdb_functions() WHERE database_name = 'system')`

async function handle(request: Answer): Promise<Answer> {
  // A new instance for each request: nothing of one text meets the next.
  const connection = await openDuckDB(dataless())
  try {
    switch (request['do']) {
      case 'identify': {
        const version = await tableOf(connection, 'SELECT * FROM pragma_version()')
        return {
          source: version.rows[0]?.[1],
          catalogue: await textOf(connection, catalogue),
          tree: await textOf(connection, SERIALIZE, { text: String(request['text']) }),
        }
      }
      case 'parse':
        return { json: await textOf(connection, SERIALIZE, { text: String(request['text']) }) }
      case 'plan': {
        await connection.run("ATTACH ':memory:' AS ws")
        for (const table of request['tables'] as string[]) await connection.run(table)
        return { json: await textOf(connection, PLAN, { text: String(request['text']) }) }
      }
      default:
        return { failed: true }
    }
  } finally {
    connection.closeSync()
  }
}

await serve(handle)
