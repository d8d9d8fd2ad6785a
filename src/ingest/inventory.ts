import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { Problem } from '../domain/problem.ts'

/** One file of an export. `type` is absent where neither the manifest nor the name says what is inside. */
export type ExportFile = Readonly<{
  path: string
  /** What reports call it: the file's name, after its folder's where several exports are loaded together. */
  name: string
  /** A name for files of ours that belong to it. */
  key: string
  /** 0 for the first export, 1 for the first `_since` export on top of it, and so on. */
  generation: number
  /** Bundles of deletions, as Bulk Data 2.0 lists them under `deleted`. */
  deletions: boolean
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
  deleted: z.array(z.object({ url: z.string() })).optional(),
})

/**
 * The NDJSON files of the folders, plain or gzip, by name; the first folder holds a full export, each further one what
 * changed since. Throws `load-failed` where a folder cannot be read, holds none, or its manifest names a file that is absent.
 */
export function inventory(directories: readonly string[]): Export {
  const exports = directories.map((directory, generation) => oneFolder(directory, generation))
  const several = directories.length > 1
  return {
    bases: exports.flatMap((e) => e.bases),
    files: exports.flatMap(({ files }, i) =>
      several
        ? files.map((f) => ({ ...f, name: `${basename(directories[i] ?? '')}/${f.name}` }))
        : files,
    ),
  }
}

function oneFolder(directory: string, generation: number): Export {
  const names = list(directory).filter((name) => /\.ndjson(\.gz)?$/.test(name))
  const manifest = manifestOf(directory)
  // An increment may well be empty; a full export without a file is a wrong path.
  if (names.length === 0 && !(generation > 0 && manifest !== undefined))
    throw new Problem('load-failed', {
      rule: 'no-files',
      reason: 'The folder holds no .ndjson or .ndjson.gz file.',
      fix: 'Name the folder that the bulk export was written to.',
    })
  const local = (url: string): string => url.split('/').at(-1) ?? ''
  const promised = new Map(manifest?.output.map((o) => [local(o.url), o]))
  const deleted = new Set(manifest?.deleted?.map((d) => local(d.url)))
  for (const name of [...promised.keys(), ...deleted])
    if (!names.includes(name) && !names.includes(`${name}.gz`))
      throw new Problem('load-failed', {
        rule: 'file-missing',
        place: name,
        reason: 'The manifest names a file that the folder does not hold.',
        fix: 'Copy the export again, whole.',
      })
  const base = baseOf(manifest?.request)
  return {
    bases: base === undefined ? [] : [base],
    files: names.toSorted().map((name) => {
      const plain = name.replace(/\.gz$/, '')
      const said = promised.get(name) ?? promised.get(plain)
      const deletions = deleted.has(name) || deleted.has(plain)
      const type = deletions ? 'Bundle' : (said?.type ?? typeOf(name))
      return {
        path: join(directory, name),
        name,
        key: `${generation}-${name}`,
        generation,
        deletions,
        bytes: statSync(join(directory, name)).size,
        ...(type !== undefined && { type }),
        ...(said?.count !== undefined && { count: said.count }),
      }
    }),
  }
}

/** The server's base URL from the kick-off request: what stands before the operation. */
export const baseOf = (request: string | undefined): string | undefined =>
  /^(https?:\/\/.+?)\/(?:(?:Patient|Group\/[^/]+)\/)?\$export/.exec(request ?? '')?.[1]

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
