import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Problem } from '../domain/problem.ts'

/** One file of an export. `type` is absent where neither the manifest nor the name says what is inside. */
export type ExportFile = Readonly<{
  path: string
  name: string
  bytes: number
  type?: string
  /** Resources that the server says are inside. */
  count?: number
}>
export type Export = Readonly<{
  files: readonly ExportFile[]
  /** Base URLs under which absolute references are the server's own. */
  bases: readonly string[]
}>

/** Completion response of FHIR Bulk Data Access 2.0, as much of it as a folder needs. */
const manifestSchema = z.object({
  request: z.string().optional(),
  output: z.array(
    z.object({ type: z.string().optional(), url: z.string(), count: z.number().optional() }),
  ),
})

/**
 * The NDJSON files of a folder, plain or gzip, by name. Throws `load-failed` where the folder cannot be read, holds none,
 * or its manifest names a file that is absent.
 */
export function inventory(directory: string): Export {
  const names = list(directory).filter((name) => /\.ndjson(\.gz)?$/.test(name))
  if (names.length === 0)
    throw new Problem('load-failed', {
      rule: 'no-files',
      reason: 'The folder holds no .ndjson or .ndjson.gz file.',
      fix: 'Name the folder that the bulk export was written to.',
    })
  const manifest = manifestOf(directory)
  const promised = new Map(manifest?.output.map((o) => [o.url.split('/').at(-1) ?? '', o]))
  for (const name of promised.keys())
    if (!names.includes(name) && !names.includes(`${name}.gz`))
      throw new Problem('load-failed', {
        rule: 'file-missing',
        place: name,
        reason: 'The manifest names a file that the folder does not hold.',
        fix: 'Copy the export again, whole.',
      })
  const base =
    manifest?.request &&
    /^(https?:\/\/.+?)\/(?:(?:Patient|Group\/[^/]+)\/)?\$export/.exec(manifest.request)?.[1]
  return {
    bases: base ? [base] : [],
    files: names.toSorted().map((name) => {
      const said = promised.get(name) ?? promised.get(name.replace(/\.gz$/, ''))
      const type = said?.type ?? typeOf(name)
      return {
        path: join(directory, name),
        name,
        bytes: statSync(join(directory, name)).size,
        ...(type !== undefined && { type }),
        ...(said?.count !== undefined && { count: said.count }),
      }
    }),
  }
}

/** `Patient.ndjson`, `Patient.000.ndjson`, `1.Patient.ndjson.gz`: what servers write. */
const typeOf = (name: string): string | undefined => {
  const word = /^(?:\d+[._-])?([A-Z][A-Za-z]+)(?:[._-][\w-]+)*\.ndjson(?:\.gz)?$/.exec(name)?.[1]
  return word !== undefined && exported.has(word) ? word : undefined
}

/** Resource types that bulk servers export and that a file name may promise. */
const exported: ReadonlySet<string> = new Set(
  (
    'AllergyIntolerance CarePlan CareTeam Claim Condition Consent Coverage Device DiagnosticReport DocumentReference ' +
    'Encounter ExplanationOfBenefit FamilyMemberHistory Goal Group ImagingStudy Immunization Location Media Medication ' +
    'MedicationAdministration MedicationDispense MedicationRequest MedicationStatement Observation Organization Patient ' +
    'Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson ServiceRequest Specimen'
  ).split(' '),
)

function list(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    throw new Problem('load-failed', {
      rule: 'folder-unreadable',
      reason: 'The export folder does not exist or cannot be read.',
      fix: 'Check the path and its permissions.',
    })
  }
}

function manifestOf(directory: string): z.infer<typeof manifestSchema> | undefined {
  let text: string
  try {
    text = readFileSync(join(directory, 'manifest.json'), 'utf8')
  } catch {
    return undefined
  }
  try {
    return manifestSchema.parse(JSON.parse(text))
  } catch {
    throw new Problem('load-failed', {
      rule: 'manifest-invalid',
      place: 'manifest.json',
      reason: 'It is not the completion manifest of a bulk export.',
      fix: 'Remove it, or copy the export again.',
    })
  }
}
