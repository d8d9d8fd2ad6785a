import { join } from 'node:path'
import { Problem } from '../domain/problem.ts'
import { createEngine } from '../engine/engine.ts'
import { plainJail } from '../sandbox/plain.ts'
import { compileView } from '../views/compile.ts'
import { type Command, option, positional } from './command.ts'
import { INVENTED, inventedFolder } from './laptop/invented.ts'
import { table } from './terminal.ts'
import { readJson } from './view-compile.ts'

export const viewRun: Command = {
  name: 'view run',
  summary: 'Print the rows of a ViewDefinition over invented data, and over nothing else',
  positionals: ['FILE.json'],
  options: {
    data: {
      type: 'string',
      placeholder: 'DIR',
      help: `folder of NDJSON that holds a file ${INVENTED}`,
    },
    limit: { type: 'string', placeholder: 'N', help: 'rows at most', default: '20' },
  },
  examples: ['vitrine view run src/views/standard/patient.json --data fhir-fixtures/north'],
  async run(context) {
    const view = await readJson(positional(context, viewRun, 0))
    const directory = inventedFolder(option(context, viewRun, 'data'))
    const limit = Number(option(context, viewRun, 'limit'))
    if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
      throw new Problem('usage', { place: '--limit', reason: 'A whole number from 1 to 10000.' })
    const { resource } = compileView(view, { source: "''" })
    const file = join(directory, `${resource}.ndjson`)
    const source = `'${file.replaceAll("'", "''")}'`
    const { sql, columns } = compileView(view, { source })
    const engine = createEngine({ jail: plainJail(), spares: 0 })
    try {
      const [rows] = await engine.script({
        statements: [`SELECT * FROM (${sql}) LIMIT ${limit}`],
        read: [directory],
        write: [],
      })
      const names = columns.map((it) => it.name)
      const shown = (rows?.rows ?? []).map((row) =>
        row.map((it) => (typeof it === 'bigint' ? Number(it) : it)),
      )
      context.print(
        context.json ? JSON.stringify({ columns: names, rows: shown }) : table(names, shown),
      )
      return 0
    } finally {
      await engine.close()
    }
  },
}
