import { standardDictionary } from '../views/dictionary.ts'
import type { Command } from './command.ts'
import { tablesOf } from './own-views.ts'
import { table } from './terminal.ts'

export const viewLs: Command = {
  name: 'view ls',
  summary: 'List the tables that a load makes, and whose they are',
  options: {},
  async run(context) {
    const { dictionary } = await tablesOf(context.config)
    const rows = dictionary.map((it) => ({
      table: it.name,
      origin: standardDictionary.includes(it) ? 'standard' : 'own',
      columns: it.columns.length,
      meaning: it.meaning,
    }))
    context.print(
      context.json
        ? JSON.stringify(rows)
        : table(
            ['table', 'origin', 'columns', 'meaning'],
            rows.map((it) => [it.table, it.origin, it.columns, it.meaning]),
          ),
    )
    return 0
  },
}
