import { Problem } from '../domain/problem.ts'
import { chooseJail } from '../sandbox/choose.ts'
import type { Command } from './command.ts'

export const jailSelfTest: Command = {
  name: 'jail self-test',
  summary: 'Try to break out of this machine’s jail with every probe, and say what it blocks',
  options: {},
  examples: ['VITRINE_JAIL=landlock vitrine jail self-test'],
  async run(context) {
    const { jail, reason, test } = await chooseJail({ configured: context.config.jail })
    if (jail === undefined) throw new Problem('jail-unavailable', { reason })
    context.print(
      context.json
        ? JSON.stringify({ launcher: jail.launcher, isolated: jail.isolated, reason, test })
        : reason,
    )
    return 0
  },
}
