import type { DataScope } from '../domain/application.ts'
import type { ColumnSpec, ColumnType, TableSpec } from '../domain/dataset.ts'

/** The statements that cut a workspace out of a snapshot. Every name is quoted here and nowhere else. */

export const name = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`

const types: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  decimal: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
}

export const personsFile = (path: string): string =>
  `read_json(${text(path)}, format = 'newline_delimited', ` +
  `columns = {ordinal: 'INTEGER', pseudonym: 'VARCHAR', person: 'VARCHAR'})`

/**
 * A column in its declared type, NULL where its value is outside the declared domain. The loader promises the domain;
 * the proof rests on it, so it is held here once more.
 */
function column({ name: id, type, domain }: ColumnSpec): string {
  const value = `TRY_CAST(t.${name(id)} AS ${types[type]})`
  const within = (test: string): string => `CASE WHEN ${test} THEN ${value} END AS ${name(id)}`
  switch (domain.kind) {
    case 'enum':
      return within(`${value} IN (${domain.values.map(text).join(', ')})`)
    case 'codes':
      return domain.values
        ? within(`${value} IN (${domain.values.map(text).join(', ')})`)
        : `${value} AS ${name(id)}`
    case 'range':
      return within(`${value} BETWEEN ${domain.min} AND ${domain.max}`)
    case 'dates':
      return within(
        `CAST(${value} AS DATE) BETWEEN DATE ${text(domain.min)} AND DATE ${text(domain.max)}`,
      )
    case 'person':
    case 'boolean':
    case 'open':
      return `${value} AS ${name(id)}`
  }
}

const inPeriod = (timeColumn: string | undefined, { from, to }: DataScope['period']): string =>
  timeColumn === undefined
    ? 'TRUE'
    : `TRY_CAST(t.${name(timeColumn)} AS DATE) BETWEEN DATE ${text(from)} AND DATE ${text(to)}`

/**
 * One table of the workspace, sorted by person. A person's rows are numbered in the order of the file, and where there
 * are more than the cap, those with the least SHA-256 over (pseudonym, table, number) stay: keyed, blind to the values,
 * and for one person independent of everybody else, so that replacing a person changes nobody else's rows.
 */
export function tableStatement(
  original: TableSpec,
  columns: readonly ColumnSpec[],
  from: Readonly<{ parquet: string; persons: string; period: DataScope['period'] }>,
): string {
  const values = columns.filter((c) => c.domain.kind !== 'person')
  const names = values.map((c) => name(c.name))
  const key = `sha256(concat("~pseudonym", '/', ${text(original.name)}, '/', "~own"))`
  const keep =
    original.rowsPerPerson.kind === 'one'
      ? ''
      : ` QUALIFY row_number() OVER (PARTITION BY "~ordinal" ORDER BY ${key}) <= ${original.rowsPerPerson.cap}`
  const inside = [
    'p.ordinal AS "~ordinal"',
    'p.pseudonym AS "~pseudonym"',
    'row_number() OVER (PARTITION BY p.ordinal ORDER BY t.file_row_number) AS "~own"',
    ...values.map(column),
  ]
  return [
    `CREATE TABLE "ws"."main".${name(original.name)} AS`,
    `SELECT ${['"~ordinal" AS "person_id"', ...names].join(', ')}`,
    `FROM (SELECT ${inside.join(', ')}`,
    `FROM read_parquet(${text(from.parquet)}, file_row_number = true) t`,
    `JOIN ${personsFile(from.persons)} p ON p.person = t."person_id"`,
    `WHERE ${inPeriod(original.timeColumn, from.period)})${keep}`,
    'ORDER BY "~ordinal", "~own"',
  ].join(' ')
}

/** Persons with more than one row; 0 where the promise of the table holds. */
export const doubledPersons = (table: string): string =>
  `SELECT count(*) - count(DISTINCT "person_id") FROM "ws"."main".${name(table)}`

/** SHA-256 over the rows in stored order, in blocks of 4,096 persons so that memory stays bounded. */
export function contentDigest({ name: table, columns }: TableSpec): string {
  const row = `sha256(CAST(json_array(${columns.map((c) => name(c.name)).join(', ')}) AS VARCHAR))`
  return [
    `SELECT sha256(coalesce(string_agg(block, '' ORDER BY part), '')), CAST(coalesce(sum(n), 0) AS BIGINT) FROM (`,
    `SELECT "person_id" // 4096 AS part, count(*) AS n, sha256(string_agg(${row}, '' ORDER BY rowid)) AS block`,
    `FROM "ws"."main".${name(table)} GROUP BY ALL)`,
  ].join(' ')
}

/**
 * A page of the snapshot's persons after `after`, with whether they belong to this workspace: in the population and,
 * unless overridden, not opted out. Everybody is listed because the ordinals run over everybody (see ordinals.ts).
 */
export function personsPage(
  files: Readonly<{ patient?: string; tables: readonly string[]; optedOut?: string }>,
  population: DataScope['population'],
  after: string | undefined,
  size: number,
): string {
  const source = files.patient
    ? `SELECT person_id, ${populationTest(population)} AS member FROM read_parquet(${text(files.patient)})`
    : files.tables
        .map((f) => `SELECT person_id, TRUE AS member FROM read_parquet(${text(f)})`)
        .join(' UNION ALL ')
  const out = files.optedOut
    ? ` AND person_id NOT IN (SELECT person_id FROM read_parquet(${text(files.optedOut)}) WHERE person_id IS NOT NULL)`
    : ''
  const page = after === undefined ? '' : ` AND person_id > ${text(after)}`
  return (
    `SELECT person_id, bool_or(member)${out} AS member FROM (${source}) ` +
    `WHERE person_id IS NOT NULL${page} GROUP BY person_id ORDER BY person_id LIMIT ${size}`
  )
}

/** Columns of `patient` that a population is drawn by. */
export const populationColumns = { born: 'birth_date', sex: 'sex' } as const

function populationTest(population: DataScope['population']): string {
  const born = `TRY_CAST(${name(populationColumns.born)} AS DATE)`
  const tests = [
    population?.bornFrom && `${born} >= DATE ${text(population.bornFrom)}`,
    population?.bornTo && `${born} <= DATE ${text(population.bornTo)}`,
    population?.sex &&
      `${name(populationColumns.sex)} IN (${population.sex.map(text).join(', ') || 'NULL'})`,
  ].filter(Boolean)
  return tests.length === 0 ? 'TRUE' : `coalesce(${tests.join(' AND ')}, FALSE)`
}
