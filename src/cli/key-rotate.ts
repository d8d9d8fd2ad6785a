import { resolve } from 'node:path'
import { Problem } from '../domain/problem.ts'
import { rotateKeys } from '../flow/rotate.ts'
import { type Command, option } from './command.ts'
import { composeStore } from './compose.ts'
import { keyInFile, readKek } from './kek.ts'

export const keyRotate: Command = {
  name: 'key rotate',
  summary: 'Lock every sealed snapshot, quarantine and report under a new key-encryption key',
  options: {
    'new-key-file': {
      type: 'string',
      placeholder: 'FILE',
      help: '32 bytes in hex or base64, mode 0600; the old key is the configured one',
    },
  },
  examples: ['VITRINE_KEK_FILE=old.hex vitrine key rotate --new-key-file new.hex'],
  async run(context) {
    const next = await keyInFile(resolve(option(context, keyRotate, 'new-key-file')), 'FILE')
    const old = await readKek(context.config.kek)
    if (old === undefined)
      throw new Problem('key-unavailable', {
        rule: 'key-encryption-key',
        place: 'VITRINE_KEK_FILE',
        reason: 'The old key is not configured.',
        fix: 'Set VITRINE_KEK_FILE or VITRINE_KEK_COMMAND to the old key.',
      })
    const store = await composeStore(context.config)
    try {
      const { directory } = context.config
      const rotated = await rotateKeys({ store, directory }, old, next)
      context.print(
        context.json
          ? JSON.stringify(rotated)
          : `${rotated.rewrapped} folders rewrapped, ${rotated.already} were already; key ${rotated.from} -> ${rotated.to}. Configure the new key now.`,
      )
      return 0
    } finally {
      await store.close()
    }
  },
}
