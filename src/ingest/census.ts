import type { Engine } from '../domain/capabilities.ts'
import { columnsOf, subjectColumns } from './reads.ts'
import { ident, patientKey, readNdjson, text } from './sql.ts'
import { subjectElement } from './subject.ts'

/** Clean files by resource type. */
export type Sources = ReadonlyMap<string, readonly string[]>
export type Census = Readonly<{
  /** What the engine counts, by type: must be what the scan accepted. */
  counts: ReadonlyMap<string, number>
  /** Ids that occur more than once, by type. */
  twice: ReadonlyMap<string, readonly string[]>
  /** References to Patients that the export does not hold, by type of the referring resource; at most `most`. */
  orphans: ReadonlyMap<string, readonly string[]>
  /** Patient.link, as pairs of ids. */
  links: readonly (readonly [string, string])[]
}>

const most = 10_000

/** What must be known of the whole export before tables are made: duplicate ids, orphans, links. */
export async function census(
  engine: Engine,
  sources: Sources,
  bases: readonly string[],
  folders: Readonly<{ read: readonly string[]; write: readonly string[] }>,
  signal?: AbortSignal,
): Promise<Census> {
  const types = [...sources.keys()]
  const others = types.filter((t) => t !== 'Patient')
  const answers = await engine.script({
    statements: [
      `CREATE TEMP TABLE patient_id AS SELECT DISTINCT id FROM ${readNdjson(sources.get('Patient') ?? [], columnsOf.Patient)}`,
      linksOf(sources.get('Patient') ?? [], bases),
      ...types.map((type) => twiceOf(type, sources.get(type) ?? [])),
      ...others.map((type) => orphansOf(type, sources.get(type) ?? [], bases)),
    ],
    ...folders,
    ...(signal && { signal }),
  })
  const column = (index: number): string[] => answers[index]?.rows.map((r) => String(r[0])) ?? []
  return {
    links: (answers[1]?.rows ?? []).map((r) => [String(r[0]), String(r[1])] as const),
    counts: new Map(types.map((type, i) => [type, Number(column(2 + i)[0])])),
    twice: new Map(types.map((type, i) => [type, column(2 + i).slice(1)])),
    orphans: new Map(others.map((type, i) => [type, column(2 + types.length + i)])),
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
