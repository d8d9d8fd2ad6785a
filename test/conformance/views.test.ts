import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { available } from '../support/require.ts'
import { type Bench, bench, present, suites, verdict } from './views-suite.ts'

/** HL7's own tests of SQL on FHIR, each against the real engine; expectError by the compiler's named refusal. */
const here = available('shared', present)

describe.runIf(here)('official SQL on FHIR tests', () => {
  let engine: Bench
  beforeAll(async () => {
    engine = await bench()
  })
  afterAll(() => engine.close())

  test('134 of 134', async () => {
    const faults: string[] = []
    let run = 0
    for (const { file, ndjson, tests } of suites())
      for (const official of tests) {
        run++
        const fault = verdict(official, await engine.run(official.view, ndjson))
        if (fault !== undefined) faults.push(`${file}: ${official.title}: ${fault}`)
      }
    expect(faults).toEqual([])
    expect(run).toBe(134)
  })
})
