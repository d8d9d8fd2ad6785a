import { Problem } from '../domain/problem.ts'
import { replay } from '../policy/replay.ts'
import { type Command, positional } from './command.ts'
import { composeReplay } from './compose.ts'

export const policyReplay: Command = {
  name: 'policy replay',
  summary: 'Evaluate a logged decision again and compare the answer',
  positionals: ['EVENT'],
  options: {},
  examples: ['vitrine policy replay event-5f0c...'],
  async run(context) {
    const id = positional(context, policyReplay, 0)
    const { entry, bundle, close } = await composeReplay(context.config)
    try {
      const logged = (await entry(id))?.decision
      if (logged === undefined)
        throw new Problem('not-found', {
          place: 'EVENT',
          reason: 'No event of this name carries a decision.',
        })
      const answer = await replay(bundle, logged)
      const same = answer.differences.length === 0
      const said = answer.allow ? 'allowed' : `refused by ${answer.rules.join(', ')}`
      context.print(
        context.json
          ? JSON.stringify({ event: id, ...answer, same })
          : `${answer.name}: ${said}; ${same ? 'the same answer' : `ANOTHER ANSWER (${answer.differences.join(', ')})`}`,
      )
      return same ? 0 : new Problem('log-damaged').exit
    } finally {
      await close()
    }
  },
}
