import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import { plainJail } from '../../src/sandbox/plain.ts'
import { createScripts, personLanguages } from '../../src/sandbox/script/scripts.ts'
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
import { pythonJail } from '../support/scripts.ts'

const PERSONS = Number(process.env['PERSONS'] ?? 60)
const jail = await pythonJail()
const scripts = createScripts({ jail: jail ?? plainJail() })
const here = jail === undefined ? [] : (await scripts.runtimes()).map((it) => it.language)
const languages = personLanguages.filter((it) => here.includes(it))
const engine = createEngine({ jail: jail ?? plainJail(), memoryMiB: 512 })
let world: Persons
beforeAll(async () => {
  if (jail === undefined) return
  world = await personsWorkspace(
    { engine, scripts },
    { dictionary: personsDictionary, tables: personsTables(PERSONS) },
  )
})
afterAll(() => engine.close())

describe.skipIf(jail === undefined).each(references)('$name', (reference) => {
  const { name, reads, field, text } = reference
  test.each(languages)(
    'in %s gives the aggregate of the SQL reference',
    async (language) => {
      const { aggregate, proven } = await askScript(
        world,
        example(name, language, reads, field),
        text,
      )
      const values = await referenceValues(engine, world.path, reference)
      const expected = await askValues(engine, values, field, proven)
      expect(values).toHaveLength(PERSONS - 1)
      expect(sorted(aggregate)).toEqual(sorted(expected))
    },
    10 * 60_000,
  )
})
