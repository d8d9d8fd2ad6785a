import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Which records the one person has in whom the two worlds differ: ordinary ones, or all that could make an engine fail. */
export type World = 'ordinary' | 'hostile'
export const worlds: readonly World[] = ['ordinary', 'hostile']

const subject = { reference: 'Patient/the-target' }
const day = (i: number): string =>
  new Date(Date.UTC(2020, 0, 1 + (i % 2000))).toISOString().slice(0, 10)

const observation = (i: number, value: number) => ({
  resourceType: 'Observation',
  id: `the-target-o${i}`,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: i % 2 === 0 ? '4548-4' : '8480-6' }] },
  subject,
  effectiveDateTime: day(i),
  valueQuantity: { value, unit: '%', system: 'http://unitsofmeasure.org', code: '%' },
})
const condition = (i: number, code: string) => ({
  resourceType: 'Condition',
  id: `the-target-c${i}`,
  clinicalStatus: { coding: [{ code: 'active' }] },
  code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code }] },
  subject,
  onsetDateTime: day(i),
})

/** Values at which arithmetic overflows, divides by zero, or casts fail. */
const EXTREMES = [0, -0.001, 1e-300, 1e300, -1e300, 2147483648, 9007199254740992, 120]

export const targetValues = (world: World): readonly number[] =>
  world === 'ordinary' ? [6.1] : Array.from({ length: 3000 }, (_, i) => EXTREMES[i % 8] ?? 0)

/** The committed hospital and one more person. Removes nothing of it: the rest is the same in both worlds. */
export async function exportOf(
  world: World,
): Promise<Readonly<{ directory: string; remove(): Promise<void> }>> {
  const directory = await mkdtemp(join(tmpdir(), 'vitrine-world-'))
  await cp(resolve('fhir-fixtures/east'), directory, { recursive: true })
  await rm(join(directory, 'manifest.json'), { force: true })
  const hostile = world === 'hostile'
  const write = (type: string, of: readonly object[]): Promise<void> =>
    appendFile(
      join(directory, `${type}.ndjson`),
      of.map((it) => `${JSON.stringify(it)}\n`).join(''),
    )
  await write('Patient', [
    {
      resourceType: 'Patient',
      id: 'the-target',
      active: true,
      gender: hostile ? 'male' : 'female',
      birthDate: hostile ? '2019-05-25' : '1950-01-01',
    },
  ])
  await write(
    'Observation',
    targetValues(world).map((value, i) => observation(i, value)),
  )
  await write(
    'Condition',
    Array.from({ length: hostile ? 400 : 1 }, (_, i) => condition(i, hostile ? 'E11.9' : 'I10')),
  )
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) }
}
