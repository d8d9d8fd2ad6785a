import type { ColumnSpec, Dictionary, Domain, TableSpec } from '../domain/dataset.ts'
import { Problem } from '../domain/problem.ts'
import type { Sources } from './census.ts'
import { columnsOf } from './reads.ts'
import { ident, patientKey, readNdjson, text } from './sql.ts'
import type { LoadView } from './view.ts'

/** Everything the table statements are made of. Paths are absolute. */
export type TablePlan = Readonly<{
  dataset: string
  sources: Sources
  bases: readonly string[]
  views: readonly LoadView[]
  dictionary: Dictionary
  /** NDJSON files: `{record, person}` of linked records; `{record}` of objections from unreadable Consents; nothing. */
  linked: string
  objections: string
  empty: string
  /** Directory of the Parquet files. */
  out: string
}>

/** A statement, and what its answer means. */
export type Step =
  | Readonly<{ sql: string; gives: 'nothing' }>
  | Readonly<{ sql: string; gives: 'persons' }>
  | Readonly<{ sql: string; gives: 'opted-out' }>
  | Readonly<{ sql: string; gives: 'file'; table: string }>
  /** One row: read, without person, then per constrained column how many values lay outside its domain. */
  | Readonly<{ sql: string; gives: 'quality'; table: string; columns: readonly string[] }>
  /** One row, see `profileOf`. */
  | Readonly<{ sql: string; gives: 'profile'; table: TableSpec }>

const filesOf = (plan: TablePlan, type: string): readonly string[] => {
  const files = plan.sources.get(type) ?? []
  return files.length > 0 ? files : [plan.empty]
}

/** The statements of one load, in order, for one transaction of the engine. Throws `view-invalid`. */
export function tableSteps(plan: TablePlan): readonly Step[] {
  return [
    ...personSteps(plan),
    ...plan.dictionary.flatMap((table) => {
      const view = plan.views.find((v) => v.name === table.name)
      if (view === undefined)
        throw new Problem('view-invalid', {
          rule: 'table-without-view',
          place: table.name,
          reason: 'The dictionary promises a table that no view makes.',
        })
      return stepsOf(plan, table, view)
    }),
  ]
}

/**
 * `person`: per Patient record its person key, `site/Patient/id` of the smallest linked id, and its rank among the
 * person's records: in use before replaced, active before inactive, newest first.
 */
function personSteps(plan: TablePlan): Step[] {
  const patients = readNdjson(filesOf(plan, 'Patient'), columnsOf.Patient)
  const linked = readNdjson([plan.linked], `{"record": 'VARCHAR', "person": 'VARCHAR'}`)
  const objections = readNdjson([plan.objections], `{"record": 'VARCHAR'}`)
  const consents = readNdjson(filesOf(plan, 'Consent'), columnsOf.Consent)
  return [
    {
      gives: 'nothing',
      sql:
        'CREATE TEMP TABLE person AS SELECT record, person_id, row_number() OVER (PARTITION BY person_id ' +
        'ORDER BY replaced, NOT active, updated DESC NULLS LAST, record) AS rank FROM (' +
        `SELECT r.id AS record, ${text(`${plan.dataset}/Patient/`)} || coalesce(l.person, r.id) AS person_id, ` +
        `coalesce(r.active, true) AS active, TRY_CAST(r.meta."lastUpdated" AS TIMESTAMPTZ) AS updated, ` +
        `len(list_filter(coalesce(r.link, []), lambda x: x."type" = 'replaced-by')) > 0 AS replaced ` +
        `FROM ${patients} r LEFT JOIN ${linked} l ON l.record = r.id)`,
    },
    { gives: 'persons', sql: 'SELECT count(DISTINCT person_id), count(*) FROM person' },
    {
      gives: 'nothing',
      sql:
        'CREATE TEMP TABLE objection AS SELECT record FROM (' +
        `SELECT ${patientKey('patient."reference"', plan.bases)} AS record FROM ${consents} WHERE ${objects}` +
        ` UNION ALL SELECT record FROM ${objections})`,
    },
    {
      gives: 'opted-out',
      sql:
        'SELECT count(DISTINCT p.person_id), count(*) FILTER (WHERE p.record IS NULL) ' +
        'FROM objection o LEFT JOIN person p ON p.record = o.record',
    },
    {
      gives: 'file',
      table: 'opted_out',
      sql: copy(
        plan,
        'opted_out',
        'SELECT DISTINCT person_id FROM person WHERE record IN (SELECT record FROM objection WHERE record IS NOT NULL)',
      ),
    },
  ]
}

/** Whose scope or category says secondary use, FHIR R4 Consent. */
const secondaryUse = ['research', 'secondary-use']

/**
 * An objection (Article 71): an active Consent about research or secondary use whose provision, or any provision inside it,
 * denies. A permit with an exception counts as an objection as well: the loader cannot tell what is excepted.
 */
const objects = [
  `status = 'active'`,
  `(provision."type" = 'deny' OR len(list_filter(coalesce(provision."provision", []), lambda x: x."type" = 'deny')) > 0)`,
  `(len(list_filter(coalesce(scope."coding", []), lambda x: x."code" IN (${secondaryUse.map(text).join(', ')}))) > 0 OR ` +
    `len(list_filter(flatten(list_transform(coalesce(category, []), lambda y: coalesce(y."coding", []))), ` +
    `lambda z: z."code" IN (${secondaryUse.map(text).join(', ')}))) > 0)`,
].join(' AND ')

function stepsOf(plan: TablePlan, table: TableSpec, view: LoadView): Step[] {
  const files = filesOf(plan, view.resource)
  const select = view.select((columns) => readNdjson(files, columns), plan.bases)
  const columns = table.columns.filter((c) => c.domain.kind !== 'person')
  const typed = columns.map((c) => `${typedAs(c, `v.${ident(c.name)}`)} AS ${ident(c.name)}`)
  const bounded = columns.flatMap((c) => {
    const test = inside(c.domain, ident(c.name))
    return test === undefined ? [] : [{ name: c.name, test }]
  })
  const raw = ident(`raw ${table.name}`)
  const cell = (c: ColumnSpec): string => {
    const test = bounded.find((b) => b.name === c.name)?.test
    return test === undefined
      ? ident(c.name)
      : `CASE WHEN ${test} THEN ${ident(c.name)} END AS ${ident(c.name)}`
  }
  return [
    {
      gives: 'nothing',
      sql:
        `CREATE TEMP TABLE ${raw} AS SELECT p.person_id, p.rank, ${typed.join(', ')} FROM (${select}) v ` +
        `LEFT JOIN person p ON p.record = regexp_replace(v.person_id, '^Patient/', '')`,
    },
    {
      gives: 'quality',
      table: table.name,
      columns: bounded.map((b) => b.name),
      sql: `SELECT ${['count(*)', 'count(*) FILTER (WHERE person_id IS NULL)', ...bounded.map((b) => `count(*) FILTER (WHERE NOT ${b.test})`)].join(', ')} FROM ${raw}`,
    },
    { gives: 'profile', table, sql: profileOf(table, raw) },
    {
      gives: 'file',
      table: table.name,
      sql: copy(
        plan,
        table.name,
        `SELECT ${['person_id', ...columns.map((c) => ident(c.name))].join(', ')} FROM (` +
          `SELECT ${['person_id', 'rank', ...columns.map(cell)].join(', ')} FROM ${raw} WHERE person_id IS NOT NULL) ` +
          kept(table, columns),
      ),
    },
    { gives: 'nothing', sql: `DROP TABLE ${raw}` },
  ]
}

/**
 * For the data quality report, of rows that belong to a person: how many, exact duplicates, first and last day, then per column
 * how many are missing and, of text, how many differ.
 */
function profileOf(table: TableSpec, raw: string): string {
  const columns = table.columns.filter((c) => c.domain.kind !== 'person')
  const names = ['person_id', ...columns.map((c) => ident(c.name))].join(', ')
  const day = table.timeColumn === undefined ? 'NULL' : `CAST(${ident(table.timeColumn)} AS DATE)`
  const cells = columns.flatMap((c) => [
    `count(*) FILTER (WHERE ${ident(c.name)} IS NULL)`,
    c.type === 'text' ? `count(DISTINCT ${ident(c.name)})` : 'NULL',
  ])
  const rows = `FROM ${raw} WHERE person_id IS NOT NULL`
  return (
    `SELECT count(*), count(*) - (SELECT count(*) FROM (SELECT DISTINCT ${names} ${rows})), ` +
    `CAST(min(${day}) AS VARCHAR), CAST(max(${day}) AS VARCHAR), ${cells.join(', ')} ${rows}`
  )
}

/**
 * `one`: the best record's row. `many`: at most `cap` rows, chosen by a hash of the row and not by any value of it, so that
 * the cap favours nobody.
 */
function kept(table: TableSpec, columns: readonly ColumnSpec[]): string {
  const all = columns.map((c) => ident(c.name)).join(', ')
  return table.rowsPerPerson.kind === 'one'
    ? `QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY rank, ${all}) = 1`
    : `QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY hash(${all}), ${all}) <= ${table.rowsPerPerson.cap}`
}

const copy = (plan: TablePlan, table: string, select: string): string =>
  `COPY (SELECT * FROM (${select}) ORDER BY ALL) TO ${text(`${plan.out}/${table}.parquet`)} (FORMAT parquet, COMPRESSION zstd)`

/** A value of a column in its type. Partial dates become the first day that they cover; moments are UTC. */
function typedAs({ type }: ColumnSpec, value: string): string {
  const written = `CAST(${value} AS VARCHAR)`
  switch (type) {
    case 'text':
      return written
    case 'integer':
      return `TRY_CAST(${value} AS BIGINT)`
    case 'decimal':
      return `TRY_CAST(${value} AS DOUBLE)`
    case 'boolean':
      return `TRY_CAST(${value} AS BOOLEAN)`
    case 'date':
      return `TRY_CAST(CASE length(${written}) WHEN 4 THEN ${written} || '-01-01' WHEN 7 THEN ${written} || '-01' ELSE left(${written}, 10) END AS DATE)`
    case 'timestamp':
      return `CAST(TRY_CAST(CASE length(${written}) WHEN 4 THEN ${written} || '-01-01' WHEN 7 THEN ${written} || '-01' ELSE ${written} END AS TIMESTAMPTZ) AS TIMESTAMP)`
  }
}

/** What a closed domain admits; undefined where it admits everything. NULL is inside. */
function inside(domain: Domain, column: string): string | undefined {
  switch (domain.kind) {
    case 'range':
      return `coalesce(${column} BETWEEN ${domain.min} AND ${domain.max}, true)`
    case 'enum':
      return `coalesce(${column} IN (${domain.values.map(text).join(', ')}), true)`
    case 'codes':
      return domain.values && `coalesce(${column} IN (${domain.values.map(text).join(', ')}), true)`
    case 'dates':
      return `coalesce(CAST(${column} AS DATE) BETWEEN DATE ${text(domain.min)} AND DATE ${text(domain.max)}, true)`
    case 'person':
    case 'boolean':
    case 'open':
      return undefined
  }
}
