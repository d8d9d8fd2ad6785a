/**
 * What a script uses of Vitrine; sandbox/README.md has a complete example. The same on a laptop, over dummy data:
 * `VITRINE_DATA=folder node study.mjs` prints the outputs as JSON.
 */
import { readFileSync } from 'node:fs'
import { join as below } from 'node:path'

/** For generators that want a seed of their own. In the jail, Math.random has it. */
export const seed = Number(process.env.VITRINE_SEED ?? 1)
const outputs = {}

/** The value, or the nearer bound; null stays null. */
export const clamp = (value, low, high) =>
  value === null ? null : Math.min(Math.max(value, low), high)

/** A line for the log, which reviewers alone read. */
export const progress = (text) => console.error(text)

const path = (name) => below(process.env.VITRINE_DATA, name)
const json = (name) => JSON.parse(readFileSync(path(name), 'utf8'))

const wide = (raw) => Array.from(raw, (n) => (n === -(2n ** 63n) ? null : Number(n)))
const readers = {
  person: (raw) => Array.from(raw),
  text: (raw, levels) => Array.from(raw, (code) => (code < 0 ? null : levels[code])),
  integer: wide,
  timestamp: wide,
  decimal: (raw) => Array.from(raw, (n) => (Number.isNaN(n) ? null : n)),
  boolean: (raw) => Array.from(raw, (n) => (n < 0 ? null : n === 1)),
  date: (raw) =>
    Array.from(raw, (n) =>
      n === -(2 ** 31) ? null : new Date(n * 86_400_000).toISOString().slice(0, 10),
    ),
}
const arrays = {
  person: Int32Array,
  text: Int32Array,
  integer: BigInt64Array,
  timestamp: BigInt64Array,
  decimal: Float64Array,
  boolean: Int8Array,
  date: Int32Array,
}

/** The column as it lies on disk (.npy 1.0, little endian, one dimension), with null where nothing is known. */
function values({ type, file, levels }) {
  const bytes = readFileSync(path(file))
  const body = Uint8Array.from(bytes.subarray(10 + bytes.readUInt16LE(8)))
  return readers[type](new arrays[type](body.buffer), levels && json(levels))
}

/** A table by column: {person: [...], <column>: [...]}. Days are texts like 2024-02-29. */
export const table = (name) =>
  Object.fromEntries(
    Object.entries(json('manifest.json').tables[name].columns).map(([column, of]) => [
      column,
      values(of),
    ]),
  )

/** A table by row: [{person: 0, <column>: value}, ...], in the order of the workspace. */
export function rows(name) {
  const columns = Object.entries(table(name))
  return columns[0][1].map((_, i) =>
    Object.fromEntries(columns.map(([column, all]) => [column, all[i]])),
  )
}

/** What a function `person` gets of each person, to try it on a laptop: {<table>: ['<column>', ...]} as in `reads`. */
export function people(reads) {
  const of = new Map()
  const names = Object.keys(reads)
  const none = () => Object.fromEntries(names.map((name) => [name, []]))
  for (const name of names)
    for (const row of rows(name)) {
      if (!of.has(row.person)) of.set(row.person, none())
      const kept = reads[name].map((column) => [column, row[column]])
      of.get(row.person)[name].push(Object.fromEntries(kept))
    }
  return [...of].sort(([a], [b]) => a - b).map(([, records]) => records)
}

/** Each row of `left` with each row of `right` of the same person; a row without one is left out. */
export function join(left, right) {
  const of = Map.groupBy(right, (row) => row.person)
  return left.flatMap((row) => (of.get(row.person) ?? []).map((other) => ({ ...other, ...row })))
}

const total = (numbers) => numbers.reduce((sum, n) => sum + n, 0)

/** The shares that the two largest of these amounts, one per person, have in their sum. */
function shares(amounts) {
  const sum = total(amounts)
  const largest = [...amounts, 0, 0].sort((a, b) => b - a).slice(0, 2)
  return largest.map((amount) => (sum > 0 ? amount / sum : 0))
}

function before(a, b) {
  const at = a.findIndex((label, i) => label !== b[i])
  if (at < 0) return 0
  return a[at] === null || (b[at] !== null && a[at] < b[at]) ? -1 : 1
}

/**
 * Rows for `output_table`, one per group: labels `by`, value the number of persons; with `of`, values persons, sum and mean
 * of that column where it is known, and the shares of the two persons who contribute most.
 */
export function summarise(rows, by, of) {
  const known = rows.filter((row) => of === undefined || row[of] !== null)
  const groups = Map.groupBy(known, (row) => JSON.stringify(by.map((name) => row[name])))
  return [...groups]
    .map(([labels, group]) => summary(JSON.parse(labels), group, of))
    .sort((a, b) => before(a.labels, b.labels))
}

function summary(labels, group, of) {
  const each = [...Map.groupBy(group, (row) => row.person).values()]
  const persons = each.length
  if (of === undefined) return { labels, values: [persons], persons }
  const sums = each.map((part) => total(part.map((row) => row[of])))
  const sum = total(sums)
  return {
    labels,
    values: [persons, sum, sum / group.length],
    persons,
    top: shares(sums.map(Math.abs)),
  }
}

/** rows: {labels: [...], values: [...], persons: n, top: [share, share]}; `top` for sums and means of amounts. */
export const output_table = (name, { labels, values, rows }) => put(name, { labels, values, rows })

/** terms: {term, estimate, se, persons}; `outcome`: persons on the smaller side of an outcome that is yes or no. */
export const output_model = (name, { terms, persons, parameters, leverage, outcome }) =>
  put(name, {
    terms,
    persons,
    parameters,
    leverage,
    ...(outcome !== undefined && { outcome }),
  })

/** points: {series, x, y, persons}. We draw the figure; an image is no output. */
export const output_figure = (name, { x, y, points }) => put(name, { x, y, points })

function put(name, value) {
  if (Object.hasOwn(outputs, name)) throw new Error('an output is given once')
  if (Object.keys(outputs).length === 0 && process.env.VITRINE_JAIL === undefined)
    process.once('exit', (code) => code === 0 && console.log(encoded()))
  outputs[name] = value
}

/** The outputs as JSON. A number that is none is no output. */
export const encoded = () =>
  JSON.stringify(outputs, (_, value) => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('not a number')
    return value
  })
