import { describe, expect, test } from 'vitest'
import type { ColumnSpec } from '../../src/domain/dataset.ts'
import { compileView } from '../../src/views/compile.ts'
import { standardDictionary, standardViews } from '../../src/views/dictionary.ts'

const tables = standardDictionary.map((table) => {
  const view = standardViews.find((v) => v.table === table.name)?.view
  return { name: table.name, table, compiled: compileView(view, { source: "''", shareable: true }) }
})

test('the eleven tables that researchers expect', () => {
  expect(tables.map((t) => t.name)).toEqual([
    'patient',
    'encounter',
    'condition',
    'observation',
    'medication_request',
    'medication_statement',
    'procedure',
    'immunization',
    'diagnostic_report',
    'allergy_intolerance',
    'claim',
  ])
})

describe.each(tables)('$name', ({ name, table, compiled }) => {
  test('is a shareable view whose columns the dictionary explains, all of them', () => {
    expect(compiled.name).toBe(name)
    expect(compiled.columns.map((c) => c.name).sort()).toEqual(
      table.columns.map((c) => c.name).sort(),
    )
    expect(compiled.columns.filter((c) => c.collection)).toEqual([])
  })

  test('has the person, and its place in time is a date', () => {
    expect(table.columns[0]).toMatchObject({ name: 'person_id', domain: { kind: 'person' } })
    expect(table.columns.filter((c) => c.domain.kind === 'person')).toHaveLength(1)
    if (name === 'patient') expect(table.rowsPerPerson.kind).toBe('one')
    else expect(table.columns.find((c) => c.name === table.timeColumn)?.type).toBe('date')
  })

  test('every column has a meaning, a name in snake case, and a closed domain', () => {
    expect(table.meaning.length).toBeGreaterThan(10)
    expect(table.columns.filter((c) => !/^[a-z]+(_[a-z]+)*$/.test(c.name))).toEqual([])
    expect(table.columns.filter((c) => c.meaning.length < 10)).toEqual([])
    expect(table.columns.filter((c) => !closed(c)).map((c) => c.name)).toEqual([])
  })

  test('the type of a column fits what the view gives', () => {
    const wrong = table.columns.filter((c) => {
      const from = compiled.columns.find((v) => v.name === c.name)?.type ?? ''
      return !fits[c.type].includes(from) && c.domain.kind !== 'person'
    })
    expect(wrong).toEqual([])
  })

  test('reads no narrative, note, attachment or name', () => {
    const forbidden =
      /^(text|note|div|data|display|name|telecom|line|identifier|conclusion|presentedForm|description)$/
    expect(compiled.reads.flatMap((r) => r.path).filter((p) => forbidden.test(p))).toEqual([])
  })
})

const fits: Readonly<Record<ColumnSpec['type'], readonly string[]>> = {
  text: ['code', 'string'],
  integer: ['integer', 'positiveInt', 'unsignedInt'],
  decimal: ['decimal'],
  boolean: ['boolean'],
  date: ['date', 'dateTime', 'instant'],
  timestamp: ['dateTime', 'instant'],
}

function closed({ domain, codeSystem, unit, type }: ColumnSpec): boolean {
  switch (domain.kind) {
    case 'enum':
      return domain.values.length > 1 && distinct(domain.values)
    case 'codes':
      return (
        codeSystem === domain.system &&
        (domain.values?.length ?? 0) > 1 &&
        distinct(domain.values ?? [])
      )
    case 'range':
      return (
        domain.min < domain.max && domain.step > 0 && (type === 'integer' || unit !== undefined)
      )
    case 'dates':
      return domain.min < domain.max
    case 'person':
    case 'boolean':
      return true
    case 'open':
      return false
  }
}
const distinct = (values: readonly string[]): boolean => new Set(values).size === values.length
