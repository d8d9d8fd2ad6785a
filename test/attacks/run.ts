import { parseArgs } from 'node:util'
import { standardDefaults } from '../../src/disclosure/defaults.ts'
import { scriptLanguages } from '../../src/domain/script.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { createScripts } from '../../src/sandbox/script/scripts.ts'
import { pythonJail } from '../support/scripts.ts'
import type { Row, Size } from './measure.ts'
import { personAttacks } from './persons.ts'
import { suite } from './suite.ts'

/** The rows of SQL, then those of person scripts where a jail isolates and Python is installed. */
async function* everything(size: Size, only: string | undefined): AsyncGenerator<Row> {
  yield* suite(size, only)
  const jail = await pythonJail()
  if (jail === undefined) return
  const engine = createEngine({ jail, memoryMiB: 256 })
  try {
    yield* personAttacks({ engine, scripts: createScripts({ jail }) }, size, scriptLanguages, only)
  } finally {
    await engine.close()
  }
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    secrets: { type: 'string' },
    budget: { type: 'string' },
    variance: { type: 'string' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  console.log(
    'attacks [--json] [--secrets N] [--budget RHO] [--variance V] [--only NAME]\n' +
      'Plays every attack of design/disclosure.md against the standard profile and against the weakest gateway it defeats.',
  )
} else {
  const size = {
    secrets: 4000,
    controls: 400,
    extend: true,
    budget: standardDefaults.rho,
    variance: standardDefaults.variance,
    ...(values.secrets === undefined ? {} : { secrets: Number(values.secrets) }),
    ...(values.budget === undefined ? {} : { budget: Number(values.budget) }),
    ...(values.variance === undefined ? {} : { variance: Number(values.variance) }),
  }
  const rows = []
  let at = performance.now()
  for await (const row of everything(size, values.only)) {
    const took = performance.now() - at
    at = performance.now()
    rows.push(row)
    if (values.json) continue
    const [low, high] = row.ci95.map((x) => x.toFixed(3))
    console.log(
      `${row.attack.padEnd(44)} ${row.advantage.toFixed(3)} [${low}, ${high}] bound ${row.bound.toFixed(3)}` +
        `  control ${row.control.toFixed(2)} (${row.controlGateway})${row.knowsOthers ? '  knows all others' : ''}  ${(took / 1000).toFixed(1)} s`,
    )
  }
  if (values.json) console.log(JSON.stringify(rows))
}
