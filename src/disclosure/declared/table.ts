import { type Cell, mint, type Protected } from '../../domain/glass.ts'
import { unbounded } from '../unbounded.ts'
import type { Declared } from './declared.ts'

/** Three significant digits for what is not a count: the low ones carry data out. */
const three = (x: Cell): Cell =>
  typeof x !== 'number' || Number.isInteger(x) ? x : Number(x.toPrecision(3))

/**
 * A declared output as the one shape that leaves: columns and rows, with the persons behind each row. A researcher's own
 * code made it, so nothing is proven of it; it may be released by two checkers only.
 */
export function declaredTable(output: Declared, rules: Readonly<{ k: number }>): Protected {
  return mint.protected({
    ...shapeOf(output),
    statement: unbounded('reviewed', rules.k, words(rules.k)),
  })
}

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

const words = (k: number): string =>
  `Made by a researcher's script over the whole workspace and seen by two checkers, who had it from the script that ${k} ` +
  'persons are behind each number. Nothing is proven of it: there is no bound against somebody who knows other tables ' +
  'or other persons, and the access body has it on the list of the dataset.'
