import type { Command } from './command.ts'
import { composeLog } from './compose.ts'

export const logVerify: Command = {
  name: 'log verify',
  summary: 'Re-derive the audit log from its payloads and compare with the signed checkpoint',
  options: {},
  async run(context) {
    const { log, close } = await composeLog(context.config)
    try {
      const { size, root } = await log.verify()
      context.print(
        context.json
          ? JSON.stringify({ size, root, verified: true })
          : `verified: ${size} events, root ${root}`,
      )
      return 0
    } finally {
      await close()
    }
  },
}
