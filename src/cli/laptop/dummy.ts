import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Problem } from '../../domain/problem.ts'
import { exportColumns } from '../../workspace/export.ts'
import { type Command, positional } from '../command.ts'
import { dataOption, inventedFolder, withInvented } from './invented.ts'

export const dummy: Command = {
  name: 'dummy',
  summary:
    'Write the tables of invented persons for the SDKs, as a script over the workspace sees them',
  positionals: ['DIR'],
  options: { data: dataOption },
  examples: ['vitrine dummy dummy', 'VITRINE_DATA=dummy python3 study.py'],
  async run(context) {
    const out = resolve(positional(context, dummy, 0))
    const directory = inventedFolder(context.flags['data'])
    if (existsSync(out))
      throw new Problem('usage', {
        place: 'DIR',
        reason: 'There is something of that name already.',
        fix: 'Name a folder that is not there yet.',
      })
    const tables = await withInvented(directory, async ({ maker, database }) => {
      const { dictionary } = maker
      await mkdir(dirname(out), { recursive: true })
      await exportColumns(maker, { database, dictionary, out })
      return dictionary.map((it) => it.name)
    })
    context.print(
      context.json ? JSON.stringify({ directory: out, tables }) : `${out}: ${tables.join(', ')}`,
    )
    return 0
  },
}
