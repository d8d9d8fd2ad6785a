import { parseArgs } from 'node:util'
import { fuzzViews } from './views/run.ts'

/**
 * `npm run -s fuzz:views -- --views 2000 --json`: random views over generated resources, ours through the real engine
 * against Medplum's evaluator. Prints one JSON object; a difference that no rule explains goes to stderr and exits 1.
 */
const { values } = parseArgs({
  options: {
    views: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
})
const tally = await fuzzViews(
  Number(values.views),
  Number(values.seed),
  (found) => console.error(JSON.stringify(found)),
  Number(values.from),
)
console.log(values.json ? JSON.stringify(tally) : tally)
process.exitCode = tally.unexplained > 0 ? 1 : 0
