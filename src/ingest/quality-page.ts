import type { Change, QualityReport, TableQuality } from './quality.ts'

const escaped = (text: string | number): string =>
  String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
const row = (cells: readonly (string | number)[], tag = 'td'): string =>
  `<tr>${cells.map((c) => `<${tag}>${escaped(c)}</${tag}>`).join('')}</tr>`
const percent = (count: number, rows: number): string =>
  rows === 0 ? '-' : `${((100 * count) / rows).toFixed(1)} %`

function tableOf({ table, rows, duplicates, first, last, variables }: TableQuality): string {
  const span = first === undefined || last === undefined ? '' : `, ${first} to ${last}`
  return [
    `<h2>${escaped(table)}</h2>`,
    `<p>${escaped(`${rows} rows, ${duplicates} duplicates${span}`)}</p>`,
    '<table>',
    row(['variable', 'missing', 'outside its domain', 'different values'], 'th'),
    ...variables.map((v) =>
      row([
        v.column,
        percent(v.missing, rows),
        v.outside === undefined ? '' : percent(v.outside, rows),
        v.distinct ?? '',
      ]),
    ),
    '</table>',
  ].join('\n')
}

/** The report as one page for the data holder: no script, no style from elsewhere. Exact figures: not for publication. */
export function qualityPage(report: QualityReport, changed: readonly Change[] = []): string {
  const { dataset, loadedAt, persons, lines, orphans, tables } = report
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8">',
    `<title>Data quality of ${escaped(dataset)}</title>`,
    `<h1>Data quality of ${escaped(dataset)}</h1>`,
    '<p><strong>Exact figures, for the data holder only.</strong></p>',
    `<p>${escaped(`Loaded ${loadedAt}: ${persons} persons; ${lines.read} lines read = ${lines.accepted} accepted + ${lines.quarantined} quarantined + ${lines.blank} blank; ${orphans} orphan references.`)}</p>`,
    ...(changed.length === 0
      ? []
      : [
          '<h2>Changed since the last load</h2>',
          '<table>',
          row(['where', 'what', 'before', 'after'], 'th'),
          ...changed.map((c) => row([c.place, c.what, c.before, c.after])),
          '</table>',
        ]),
    ...tables.map(tableOf),
    '</html>',
  ].join('\n')
}
