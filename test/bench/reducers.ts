import { parseArgs } from 'node:util'
import { createEngine } from '../../src/engine/engine.ts'
import { plainJail } from '../support/plain-jail.ts'
import { coverageOf, reducersPlayed } from './plays.ts'

/** npm run -s reducers -- --json: how often the released 95 % interval of each reducer of `standard` holds the truth. */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    repetitions: { type: 'string', default: '500' },
    only: { type: 'string' },
  },
})
const engine = createEngine({ jail: plainJail(), spares: 0 })
const rows = []
for (const kind of reducersPlayed) {
  if (values.only !== undefined && values.only !== kind) continue
  const row = await coverageOf(engine, kind, Number(values.repetitions))
  rows.push(row)
  if (!values.json)
    console.log(
      `${row.reducer.padEnd(12)} ${(100 * row.coverage).toFixed(1)} % of ${row.intervals} intervals at variance ${row.variance}`,
    )
}
await engine.close()
if (values.json) console.log(JSON.stringify(rows))
