import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import { plainJail } from '../../src/sandbox/plain.ts'
import { askValues, referenceValues, sorted } from '../support/compare.ts'
import {
  askScript,
  example,
  type Persons,
  personsDictionary,
  personsTables,
  personsWorkspace,
} from '../support/persons.ts'
import { references } from '../support/references.ts'
import { standIn } from '../support/stand-in.ts'

const PERSONS = Number(process.env['PERSONS'] ?? 1000)
const engine = createEngine({ jail: plainJail(), memoryMiB: 512 })
let world: Persons
beforeAll(async () => {
  world = await personsWorkspace(
    { engine, scripts: standIn() },
    { dictionary: personsDictionary, tables: personsTables(PERSONS) },
  )
})
afterAll(() => engine.close())

describe.each(references)('$name', (reference) => {
  const { name, reads, field, text } = reference
  test.each(['javascript'] as const)(
    'in %s gives the aggregate of the SQL reference',
    async (language) => {
      const { aggregate, proven } = await askScript(
        world,
        example(name, language, reads, field),
        text,
      )
      const values = await referenceValues(engine, world.path, reference)
      const expected = await askValues(engine, values, field, proven)
      console.log(sorted(aggregate).slice(0, 20))
      expect(values).toHaveLength(PERSONS - 1)
      expect(sorted(aggregate)).toEqual(sorted(expected))
    },
  )
})
