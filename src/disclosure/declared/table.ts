import { type Cell, mint, type PrivacyStatement, type Protected } from '../../domain/glass.ts'
import { unbounded } from '../unbounded.ts'
import type { Declared } from './declared.ts'

/** Three significant digits for what is not a count: the low ones carry data out. */
const three = (x: Cell): Cell =>
  typeof x !== 'number' || Number.isInteger(x) ? x : Number(x.toPrecision(3))

/**
 * A declared output as the one shape that leaves: columns and rows, with the persons behind each row. It may be released
 * by two checkers only, whatever made it.
 */
export const declaredTable = (output: Declared, statement: PrivacyStatement): Protected =>
  mint.protected({ ...shapeOf(output), statement })

function shapeOf(output: Declared): Readonly<{ columns: string[]; rows: Cell[][] }> {
  switch (output.kind) {
    case 'table': {
      const { labels, values, rows } = output.value
      return {
        columns: [...labels, ...values, 'persons'],
        rows: rows.map((r) => [...r.labels, ...r.values.map(three), r.persons]),
      }
    }
    case 'model':
      return {
        columns: ['term', 'estimate', 'se', 'persons'],
        rows: output.value.terms.map((t) => [
          t.term,
          three(t.estimate),
          three(t.se),
          t.persons ?? output.value.persons,
        ]),
      }
    case 'figure': {
      const { x, y, points } = output.value
      return {
        columns: ['series', x, y, 'persons'],
        rows: points.map((p) => [p.series, p.x, three(p.y), p.persons]),
      }
    }
  }
}

/** A researcher's own code made it, so nothing is proven of it. */
export const scriptStatement = (k: number): PrivacyStatement =>
  unbounded(
    'reviewed',
    k,
    `Made by a researcher's script over the whole workspace and seen by two checkers, who had it from the script that ${k} ` +
      'persons are behind each number. Nothing is proven of it: there is no bound against somebody who knows other tables ' +
      'or other persons, and the access body has it on the list of the dataset.',
  )

export const modelStatement = (k: number): PrivacyStatement =>
  unbounded(
    'reviewed',
    k,
    `An exact model over a frame with one row per person, to three significant digits, with at least ${k} persons on either ` +
      `side of every column and no leverage above 1/${k}, or with findings that two checkers saw. There is no bound against ` +
      'somebody who knows other tables or other persons, and the access body has it on the list of the dataset.',
  )
