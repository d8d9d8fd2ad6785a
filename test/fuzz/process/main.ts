import { parseArgs } from 'node:util'
import { fuzzViews } from './run.ts'

/**
 * `node test/fuzz/process/main.ts --views 2000 --json`: a second oracle beside `npm run -s fuzz:views`. A difference from
 * Medplum's evaluator is explained only where the specification's pseudocode Process(S, N) over Medplum's FHIRPath, with
 * named corrections, gives exactly our rows. Prints one JSON object; what is unexplained goes to stderr and exits 1.
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
