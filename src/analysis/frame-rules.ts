import type { ProblemCode } from '../domain/problem.ts'

export type Rule = Readonly<{ code: ProblemCode; why: string; fix: string }>

/** How a frame and its reducer are refused. */
export const frameRules = {
  'frame-needs-one-row': {
    code: 'row-level-output',
    why: 'A reducer takes a frame with one row per person, and here a person may have several.',
    fix: 'Start FROM patient, and group other tables by person_id before they are joined.',
  },
  'reducer-column-unknown': {
    code: 'sql-refused',
    why: 'The frame selects no column of this name.',
    fix: 'Select it in the frame under this name.',
  },
  'reducer-column-type': {
    code: 'sql-refused',
    why: 'The reducer needs a column of another type here.',
    fix: 'docs/sql.md lists the columns of each reducer.',
  },
  'reducer-grid': {
    code: 'open-label',
    why: 'The reducer reads this column on an even public grid.',
    fix: 'Select bucket(x, lo, hi, step) in the frame.',
  },
  'reducer-invalid': {
    code: 'sql-refused',
    why: 'The reducer does not say what it needs to.',
    fix: 'docs/sql.md shows each reducer.',
  },
  'reducer-by': {
    code: 'sql-refused',
    why: 'The steps of this model depend on each other, so it is fitted once and not per group.',
    fix: 'Make the group a term, or ask for one model with WHERE.',
  },
  'reducer-needs-standard': {
    code: 'sql-refused',
    why: 'This reducer works on noised sums; the permit asks for exact numbers.',
    fix: 'Ask for glm, cox or km, or for a table with GROUP BY.',
  },
  'reducer-needs-reviewed': {
    code: 'sql-refused',
    why: 'Exact models leave in the reviewed profile alone, once two checkers have seen them.',
    fix: 'Ask for linear, logistic, poisson or km, which carry noise, or apply for a permit of the reviewed profile.',
  },
} as const satisfies Record<string, Rule>
