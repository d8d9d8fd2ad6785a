import { readFile } from 'node:fs/promises'
import { Problem } from '../domain/problem.ts'
import { compileView } from '../views/compile.ts'
import { type Command, positional } from './command.ts'

/** A JSON file named on the command line. Throws `not-found` or `malformed-json`. */
export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Problem('not-found', { place: 'FILE', reason: 'The file cannot be read.' })
  })
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('malformed-json', { place: 'FILE', fix: 'Correct the JSON of the file.' })
  }
}

export const viewCompile: Command = {
  name: 'view compile',
  summary: 'Print the DuckDB SQL of a SQL-on-FHIR ViewDefinition',
  positionals: ['FILE.json'],
  options: {},
  examples: ['vitrine view compile src/views/standard/patient.json'],
  async run(context) {
    const view = await readJson(positional(context, viewCompile, 0))
    const { sql, columns, resource } = compileView(view, { source: '$files' })
    context.print(context.json ? JSON.stringify({ resource, columns, sql }) : sql)
    return 0
  },
}
