import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { dice } from '../../../tools/fixtures/random.ts'
import { bloodPressure, measurement } from '../../../tools/fixtures/resources.ts'

type Lab = readonly [code: string, unit: string, lo: number, hi: number]
const labs: readonly [Lab, ...Lab[]] = [
  ['4548-4', '%', 5.1, 9.8],
  ['2160-0', 'mg/dL', 0.5, 2.2],
  ['13457-7', 'mg/dL', 60, 190],
  ['39156-5', 'kg/m2', 17, 42],
  ['718-7', 'g/dL', 9, 17],
]

/** The i-th Observation as a hospital's server exports it: with meta, encounter, performer, range; every fifth has components. */
export function observationAt(i: number): object {
  const d = dice(3, i)
  const chart = { patient: `p${d.integer(1, 50_000)}`, day: d.integer(16_000, 20_000), id: `o${i}` }
  const [code, unit, lo, hi] = d.pick(labs)
  const base =
    i % 5 === 0
      ? bloodPressure(chart, d.integer(95, 190), d.integer(55, 110), i % 3)
      : measurement(
          chart,
          'laboratory',
          code,
          Number((lo + d.uniform() * (hi - lo)).toFixed(1)),
          unit,
          i % 3,
        )
  return {
    ...base,
    encounter: { reference: `Encounter/e${d.integer(1, 200_000)}` },
    issued: '2022-03-04T05:06:07.000Z',
    performer: [{ reference: `Practitioner/${d.integer(1, 900)}`, display: 'Laboratory' }],
    interpretation: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation',
            code: d.pick(['N', 'H', 'L']),
          },
        ],
      },
    ],
    referenceRange: [{ low: { value: lo, unit }, high: { value: hi, unit } }],
  }
}

/** Writes `count` Observations as NDJSON. */
export async function writeObservations(path: string, count: number): Promise<void> {
  const out = createWriteStream(path)
  for (let i = 0; i < count; i += 2000) {
    const lines = Array.from(
      { length: Math.min(2000, count - i) },
      (_, k) => `${JSON.stringify(observationAt(i + k))}\n`,
    )
    if (!out.write(lines.join(''))) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
}
