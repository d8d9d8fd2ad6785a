import { digestOf } from '../domain/digest.ts'
import { Problem } from '../domain/problem.ts'
import { gatewayActor } from '../domain/role.ts'
import { grantedPermits } from '../flow/snapshots.ts'
import { standardDictionary } from '../views/dictionary.ts'
import { type Command, option, positional } from './command.ts'
import { composeStore } from './compose.ts'
import { ownView } from './own-view.ts'
import { keepOwnView } from './own-views.ts'
import { readJson } from './view-compile.ts'

export const viewAdd: Command = {
  name: 'view add',
  summary: 'Add a table of your own, or replace a standard one; it is filled by the next load',
  positionals: ['FILE.json'],
  options: {
    dictionary: {
      type: 'string',
      placeholder: 'FILE.json',
      help: 'the table’s entry: name, meaning, rowsPerPerson, columns with type, domain, meaning',
    },
  },
  examples: ['vitrine view add lab.view.json --dictionary lab.table.json'],
  async run(context) {
    const { directory, freeText } = context.config
    const view = await readJson(positional(context, viewAdd, 0))
    const entry = await readJson(option(context, viewAdd, 'dictionary'))
    const own = ownView(view, entry, freeText)
    const { name } = own.spec
    const replaces = standardDictionary.some((it) => it.name === name)
    const store = await composeStore(context.config)
    try {
      // A query that was proven against the table's old promises must not run against new ones.
      const users = (await grantedPermits(store)).filter((it) =>
        Object.hasOwn(it.data.tables, name),
      )
      if (users.length > 0)
        throw new Problem('bad-transition', {
          rule: 'view-in-use',
          place: name,
          reason: `A granted permit uses the table: ${users.map((it) => it.id).join(', ')}.`,
          fix: 'Give the table another name, or wait until the permit has ended.',
        })
      const facts = { table: name, replaces, view: digestOf(view), dictionary: digestOf(own.spec) }
      await store.commit(
        [],
        [{ type: 'view-added', actor: gatewayActor, about: `view/${name}`, facts }],
      )
      await keepOwnView(directory, own)
      context.print(
        context.json
          ? JSON.stringify(facts)
          : `${name} ${replaces ? 'replaces the standard table' : 'is added'}; load each dataset again, and restart a serving gateway`,
      )
      return 0
    } finally {
      await store.close()
    }
  },
}
