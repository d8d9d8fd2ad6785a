import { join } from 'node:path'
import { openKeys } from '../identity/keys.ts'
import type { Command } from './command.ts'

export const keysInit: Command = {
  name: 'keys init',
  summary: 'Make the first key set of a gateway; development does it by itself',
  options: {},
  async run(context) {
    const keys = await openKeys({ directory: join(context.config.directory, 'keys'), create: true })
    const { name } = keys.notePublicKey()
    context.print(
      context.json
        ? JSON.stringify({ log: name })
        : `keys are in ${join(context.config.directory, 'keys')}; the log signs as ${name}. Back them up apart from the data.`,
    )
    return 0
  },
}
