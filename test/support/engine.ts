import { DuckDBInstance } from '@duckdb/node-api'
import type { Engine } from '../../src/domain/capabilities.ts'
import { type Cell, mint } from '../../src/domain/glass.ts'

/** The `script` of an engine in this process, for made-up data only: no jail, no child. */
export const scriptEngine = (): Pick<Engine, 'script'> => ({
  async script({ statements, onProgress }) {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const own = statements.some((s) => /^\s*(begin|commit|checkpoint)\b/i.test(s))
    try {
      const tables = []
      if (!own) await connection.run('BEGIN')
      for (const [i, statement] of statements.entries()) {
        const result = await connection.runAndReadAll(statement)
        tables.push(
          mint.rows({ columns: result.columnNames(), rows: result.getRowsJS() as Cell[][] }),
        )
        onProgress?.(i + 1, statements.length)
      }
      if (!own) await connection.run('COMMIT')
      return tables
    } finally {
      connection.closeSync()
      instance.closeSync()
    }
  },
})
