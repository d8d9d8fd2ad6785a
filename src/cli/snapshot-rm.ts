import { removeSnapshot } from '../flow/snapshots.ts'
import { type Command, option, positional } from './command.ts'
import { compose } from './compose.ts'

export const snapshotRm: Command = {
  name: 'snapshot rm',
  summary: 'Remove an earlier snapshot that no granted permit pins',
  positionals: ['DIGEST'],
  options: {
    holder: {
      type: 'string',
      placeholder: 'NAME',
      help: 'organisation of the data holder',
      default: 'Data holder',
    },
    'insecure-dev': { type: 'boolean', help: 'without a jail; never in production' },
  },
  examples: ['vitrine snapshot rm 4f1c02d9a0b37e55 --holder "North Hospital"'],
  async run(context) {
    const named = positional(context, snapshotRm, 0)
    const { house, close } = await compose(context.config, {
      insecureDev: context.flags['insecure-dev'] === true,
      note: context.note,
      ...(context.jail === undefined ? {} : { jail: context.jail }),
    })
    try {
      const organisation = option(context, snapshotRm, 'holder')
      const actor = { subject: 'cli', role: 'data-holder', organisation } as const
      const digest = await removeSnapshot(house, actor, named)
      context.print(context.json ? JSON.stringify({ removed: digest }) : `removed ${digest}`)
      return 0
    } finally {
      await close()
    }
  },
}
