import { readFileSync } from 'node:fs'

/**
 * What is true of a committed hospital, computed from its NDJSON without any code of ours or any engine: linked Patient
 * records are one person, objectors are out, unreadable lines do not count. For tests over invented data only.
 */
export type TruePerson = Readonly<{
  sex: string
  /** Whole years at the end of 2025, from a full birth date. */
  age: number | undefined
  codes: ReadonlySet<string>
  medicines: ReadonlySet<string>
  hba1c: readonly number[]
}>

type Json = Readonly<Record<string, unknown>>
const at = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>(
    (it, key) =>
      typeof it === 'object' && it !== null
        ? (it as Record<string | number, unknown>)[key]
        : undefined,
    value,
  )

function lines(hospital: string, type: string): Json[] {
  const seen = new Set<string>()
  const file = `fhir-fixtures/${hospital}/${type}.ndjson`
  return new TextDecoder('utf-8')
    .decode(readFileSync(file))
    .split('\n')
    .flatMap((line) => {
      try {
        const it = JSON.parse(line) as Json | null
        if (it?.['resourceType'] !== type || typeof it['id'] !== 'string' || seen.has(it['id']))
          return []
        seen.add(it['id'])
        return [it]
      } catch {
        return []
      }
    })
}

const idOf = (reference: unknown): string => String(reference ?? '').replace(/^.*Patient\//, '')
const codeOf = (it: unknown, system: string): string | undefined => {
  const codings = at(it, 'coding')
  const found = Array.isArray(codings) ? codings.find((c) => at(c, 'system') === system) : undefined
  return found === undefined ? undefined : String(at(found, 'code'))
}

export function truth(hospital: string): TruePerson[] {
  const patients = lines(hospital, 'Patient')
  const parent = new Map(patients.map((it) => [String(it['id']), String(it['id'])]))
  const find = (id: string): string => {
    const up = parent.get(id)
    return up === undefined || up === id ? id : find(up)
  }
  for (const it of patients)
    for (const link of (it['link'] as Json[] | undefined) ?? []) {
      const other = idOf(at(link, 'other', 'reference'))
      if (parent.has(other)) parent.set(find(String(it['id'])), find(other))
    }
  const out = new Set(
    lines(hospital, 'Consent')
      .filter((it) => it['status'] === 'active' && at(it, 'provision', 'type') === 'deny')
      .filter(
        (it) =>
          at(it, 'scope', 'coding', 0, 'code') === 'research' ||
          at(it, 'category', 0, 'coding', 0, 'code') === 'secondary-use',
      )
      .map((it) => find(idOf(at(it, 'patient', 'reference')))),
  )
  const groups = Map.groupBy(patients, (it) => find(String(it['id'])))
  const of = (it: Json): string => find(idOf(at(it, 'subject', 'reference')))
  const conditions = Map.groupBy(lines(hospital, 'Condition'), of)
  const requests = Map.groupBy(lines(hospital, 'MedicationRequest'), of)
  const observations = Map.groupBy(lines(hospital, 'Observation'), of)
  return [...groups].flatMap(([person, records]) => {
    if (out.has(person)) return []
    const record = records.find((it) => it['active'] !== false) ?? records[0]
    const codes = (conditions.get(person) ?? []).map((it) =>
      codeOf(it['code'], 'http://hl7.org/fhir/sid/icd-10'),
    )
    const medicines = (requests.get(person) ?? []).map((it) =>
      codeOf(it['medicationCodeableConcept'], 'http://www.whocc.no/atc'),
    )
    const hba1c = (observations.get(person) ?? [])
      .filter((it) => codeOf(it['code'], 'http://loinc.org') === '4548-4')
      .map((it) => at(it, 'valueQuantity', 'value'))
      .filter((it) => typeof it === 'number')
    return [
      {
        sex: String(record?.['gender']),
        age: ageOf(String(record?.['birthDate'])),
        codes: new Set(codes.filter((it) => it !== undefined)),
        medicines: new Set(medicines.filter((it) => it !== undefined)),
        hba1c,
      },
    ]
  })
}

function ageOf(birthDate: string): number | undefined {
  const [year, month, day] = birthDate.split('-').map(Number)
  return year !== undefined && month !== undefined && day !== undefined ? 2025 - year : undefined
}
