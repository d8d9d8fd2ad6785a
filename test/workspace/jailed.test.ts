import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import { bubblewrapJail } from '../../src/sandbox/bubblewrap.ts'
import { landlockJail } from '../../src/sandbox/landlock.ts'
import { plainJail } from '../../src/sandbox/plain.ts'
import { selfTest } from '../../src/sandbox/selftest.ts'
import { archOf } from '../../src/sandbox/syscalls.ts'
import { buildWorkspace } from '../../src/workspace/build.ts'
import { scriptEngine } from '../support/engine.ts'
import { available } from '../support/require.ts'
import {
  scratch,
  smallDictionary,
  smallTables,
  snapshotOf,
  testPseudonym,
} from '../support/snapshot.ts'

const arch = archOf(process.arch)
const holds = async (jail: ReturnType<typeof plainJail>): Promise<boolean> =>
  selfTest(jail, { quick: true }).then(
    (t) => t.blockedOpen === 0,
    () => false,
  )
const jails = [
  { name: 'plain', jail: plainJail(), here: true },
  ...(arch
    ? [
        { name: 'bwrap', jail: bubblewrapJail(arch), here: await holds(bubblewrapJail(arch)) },
        { name: 'landlock', jail: landlockJail(arch), here: await holds(landlockJail(arch)) },
      ]
    : []),
]

describe.each(jails)(
  'built by the real engine in a child, $name',
  ({ name, jail, here: present }) => {
    const engine = createEngine({ jail, memoryMiB: 256, spares: 0 })
    afterAll(() => engine.close())
    test.skipIf(!available(name, present))(
      'the same digest as in this process, and it answers',
      async () => {
        const base = scratch()
        const order = {
          permit: 'permit-1',
          snapshot: await snapshotOf(smallTables),
          dictionary: smallDictionary,
          scope: {
            datasets: ['north'],
            tables: { patient: ['sex'], observation: ['code', 'value'] },
            period: { from: '2020-01-01', to: '2021-12-31' },
            population: { sex: ['female'] },
          },
          out: join(base, 'workspaces'),
          escrow: join(base, 'escrow'),
        }
        const keys = { pseudonym: testPseudonym() }
        const here = await buildWorkspace({ engine: scriptEngine(), keys }, order)
        const made = await buildWorkspace({ engine, keys }, order)
        expect(made.digest).toBe(here.digest)
        expect(made.persons).toBe(97)
        const { rows } = await engine.query({
          database: made.path,
          sql: 'SELECT count(*) FROM "ws"."main"."patient"',
          check: () => undefined,
        })
        expect(rows).toEqual([[97n]])
      },
    )
  },
)
