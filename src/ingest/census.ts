import type { Engine } from '../domain/capabilities.ts'
import { columnsOf, subjectColumns } from './reads.ts'
import { ident, patientKey, readNdjson, text } from './sql.ts'
import { subjectElement } from './subject.ts'

/** Clean files by resource type. */
export type Sources = ReadonlyMap<string, readonly string[]>
/** What the engine's child sees, and the memory it may use before it spills to disk. */
export type Folders = Readonly<{
  read: readonly string[]
  write: readonly string[]
  memoryMiB: number
}>

/** Before versions are settled: what the engine counts by type, and the ids that occur more than once. */
export type Census = Readonly<{
  counts: ReadonlyMap<string, number>
  twice: ReadonlyMap<string, readonly string[]>
}>

/** After: references to Patients that are not loaded, at most `most` by type of the referring resource; Patient.link. */
export type Ties = Readonly<{
  orphans: ReadonlyMap<string, readonly string[]>
  /** Pairs of ids. */
  links: readonly (readonly [string, string])[]
}>

const most = 10_000

export async function census(
  engine: Engine,
  sources: Sources,
  folders: Folders,
  signal?: AbortSignal,
): Promise<Census> {
  const types = [...sources.keys()]
  const statements = types.map((type) => twiceOf(type, sources.get(type) ?? []))
  const answers = await engine.script({ statements, ...folders, ...(signal && { signal }) })
  const column = types.map((_, i) => answers[i]?.rows.map((r) => String(r[0])) ?? [])
  return {
    counts: new Map(types.map((type, i) => [type, Number(column[i]?.[0])])),
    twice: new Map(types.map((type, i) => [type, column[i]?.slice(1) ?? []])),
  }
}

export async function ties(
  engine: Engine,
  sources: Sources,
  bases: readonly string[],
  folders: Folders,
  signal?: AbortSignal,
): Promise<Ties> {
  const patients = sources.get('Patient') ?? []
  const others = [...sources.keys()].filter((t) => t !== 'Patient')
  const [, links, ...orphans] = await engine.script({
    statements: [
      `CREATE TEMP TABLE patient_id AS SELECT DISTINCT id FROM ${readNdjson(patients, columnsOf.Patient)}`,
      linksOf(patients, bases),
      ...others.map((type) => orphansOf(type, sources.get(type) ?? [], bases)),
    ],
    ...folders,
    ...(signal && { signal }),
  })
  return {
    links: (links?.rows ?? []).map((r) => [String(r[0]), String(r[1])] as const),
    orphans: new Map(
      others.map((type, i) => [type, orphans[i]?.rows.map((r) => String(r[0])) ?? []]),
    ),
  }
}

const linksOf = (files: readonly string[], bases: readonly string[]): string =>
  `SELECT id, other FROM (SELECT id, ${patientKey('l.other.reference', bases)} AS other FROM ` +
  `(SELECT id, unnest(link) AS l FROM ${readNdjson(files, columnsOf.Patient)})) WHERE other IS NOT NULL ORDER BY ALL`

/** First how many there are, then the ids that occur more than once. */
const twiceOf = (type: string, files: readonly string[]): string =>
  'WITH g AS MATERIALIZED (SELECT id, count(*) AS n FROM ' +
  `${readNdjson(files, `{"id": 'VARCHAR', "resourceType": 'VARCHAR'}`)} WHERE "resourceType" = ${text(type)} GROUP BY id) ` +
  'SELECT v FROM (SELECT 0 AS k, CAST(coalesce(sum(n), 0) AS VARCHAR) AS v FROM g UNION ALL ' +
  'SELECT 1, id FROM g WHERE n > 1) ORDER BY k, v'

function orphansOf(type: string, files: readonly string[], bases: readonly string[]): string {
  const element = subjectElement(type) ?? 'subject'
  const reference = `${ident(element)}."reference"`
  return (
    `SELECT DISTINCT reference FROM (SELECT ${reference} AS reference, ${patientKey(reference, bases)} AS key ` +
    `FROM ${readNdjson(files, subjectColumns(element))}) WHERE key IS NOT NULL AND key NOT IN (SELECT id FROM patient_id) ` +
    `ORDER BY reference LIMIT ${most}`
  )
}
