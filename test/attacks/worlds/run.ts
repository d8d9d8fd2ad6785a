import { parseArgs } from 'node:util'
import { twoWorlds } from './suite.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    trials: { type: 'string', default: '10' },
    tick: { type: 'string', default: '6000' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help)
  console.log(
    'worlds [--json] [--trials N] [--tick MS]\n' +
      'Two neighbouring datasets, the same requests over HTTP: how well a classifier tells them apart by all but the released numbers.',
  )
else {
  const size = { trials: Number(values.trials), controls: 40, tickMs: Number(values.tick) }
  const { rows } = await twoWorlds(size)
  if (values.json) console.log(JSON.stringify(rows))
  else
    for (const it of rows)
      console.log(
        `${it.channel.padEnd(8)} accuracy ${it.accuracy.toFixed(3)} [${it.ci95.map((x) => x.toFixed(3)).join(', ')}]` +
          `${it.identical ? ' (the same in every trial)' : ''}  control ${it.control.toFixed(2)} (${it.controlGateway})`,
      )
}
