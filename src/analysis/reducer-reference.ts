import type { ReducerSpec } from '../domain/reducer.ts'

/** One reducer as docs/sql.md tells of it. `statistics` is its price, in counts of the chosen variance. */
type Entry = Readonly<{ columns: string; released: string; statistics: string }>

const entries: Readonly<Record<ReducerSpec['kind'], Entry>> = {
  count: { columns: '', released: 'persons', statistics: '1' },
  proportion: {
    columns: '`part`: a condition',
    released: 'share of the persons whose `part` holds, of those who have one',
    statistics: '2',
  },
  rate: {
    columns: '`events`: a number or condition; `time`: a number; `per`: a constant',
    released: 'events per `per` units of time',
    statistics: '4; 3 where a person has at most one event',
  },
  std_rate: {
    columns:
      'as `rate`; `stratum`: a label; `weights`: `[{"value": ..., "weight": ...}]`, a public standard population',
    released: 'directly standardised rate; `of` is the share of the weights whose strata are shown',
    statistics: 'as `rate`',
  },
  mean: { columns: '`value`: a number', released: 'mean', statistics: '3' },
  quantile: {
    columns: '`value`: a grid; `quantiles`: between 0 and 1',
    released: 'each quantile `of`, interpolated within its cell of the grid',
    statistics: '1',
  },
  table1: {
    columns: '`values`: numbers and labels',
    released:
      'of a number the `mean` and `sd`, of a label the `share` of each `level`, missing ones included',
    statistics: '3 for a number, 1 for a label',
  },
  series: {
    columns: '`period`: a label, as from `year(d)` or `date_trunc`',
    released: 'persons in each period',
    statistics: '1',
  },
  flow: {
    columns: '`step`: a label, the last step that a person reaches; `steps`: its values in order',
    released:
      'persons left at each step `of`; a step is shown when those it loses may be shown too',
    statistics: '1',
  },
  km: {
    columns:
      '`time`: a grid; `event`: a condition. Persons outside the grid do not count: `bucket(least(t, hi - 1), lo, hi, step)` keeps those who are followed for longer, with `event` false',
    released: 'survival at the end `of` each cell of the grid',
    statistics: '1',
  },
  linear: {
    columns: '`outcome`: a number; `terms`: at most 12 numbers or conditions',
    released: 'coefficient of each term, in its own unit',
    statistics: '(t + 1)(t + 4) / 2 + 1 for t terms',
  },
  logistic: {
    columns: '`outcome`: a condition; `terms` as for `linear`; no `by`',
    released: 'log odds ratio of each term, per unit',
    statistics: '(t + 1)(t + 4) / 2 + 1 for t terms',
  },
  poisson: {
    columns:
      '`outcome`: a whole number from 0 on, `clamp(n, 0, hi)`; `terms` as for `linear`; no `by`',
    released: 'log rate ratio of each term, per unit',
    statistics: '(t + 1)(t + 4) / 2 + 1 for t terms',
  },
  glm: {
    columns: '',
    released: 'refused in `standard`: exact models leave in `reviewed`',
    statistics: '',
  },
  cox: {
    columns: '',
    released: 'refused in `standard`: exact models leave in `reviewed`',
    statistics: '',
  },
}

/** The section of docs/sql.md; `table` prints a Markdown table. */
export const reducerReference = (
  table: (head: readonly string[], rows: readonly (readonly string[])[]) => string[],
): string =>
  [
    introduction,
    '',
    ...table(
      ['Reducer', 'Columns of the frame', 'What is released', 'Statistics that it costs'],
      Object.entries(entries).map(([kind, e]) => [
        `\`${kind}\``,
        e.columns,
        e.released,
        e.statistics,
      ]),
    ),
    '',
    price,
  ].join('\n')

const introduction = `## Reducers

Instead of a \`GROUP BY\`, an analysis may name a *reducer*: then its text is a *frame*, a SELECT with one row per person by
proof, and the reducer says by names of the frame's columns what becomes of it. \`by\` names labels that make groups.

\`\`\`sql
WITH level AS (SELECT person_id, avg(clamp(value, 3, 15)) AS hba1c FROM observation WHERE code = '4548-4' GROUP BY person_id)
SELECT p.sex, age_at(p.birth_date, DATE '2025-12-31') AS age, l.hba1c
FROM patient p LEFT JOIN level l ON l.person_id = p.person_id
\`\`\`

\`\`\`json
{ "kind": "linear", "outcome": "hba1c", "terms": ["age"], "by": ["sex"] }
\`\`\`

Asked with \`"reducer": {...}\` beside the \`text\` of an analysis or a check, or \`vitrine check frame.sql --reducer FILE.json\`. The
result has the labels of \`by\`, what the row is about (\`of\`), \`estimate\`, \`lo95\`, \`hi95\` and \`persons\`; the interval holds sampling and
privacy noise together. A *number* has static bounds (\`clamp\` gives them; true and false count as 1 and 0), a *condition* is
true or false, a *label* comes from a closed public domain, a *grid* is a number from \`bucket\` or a whole number with few
values. A person without one of the columns that a reducer needs is left out of it; a label that is missing is a group.`

const price = `Each statistic costs 1 / V in rho, V being the variance that was chosen, as each column of a released SELECT with one cell per
person does; a table may have any number of groups for that. \`logistic\` and \`poisson\` take five noised steps of Newton from 0.
They cost what a linear model of as many terms does: one statistic for the persons, and for all steps together one for each
entry of the score and of the information matrix. Half of the latter goes to the score of the last step, which decides the
answer, a quarter to the other scores, a quarter to the information; the whole is charged before the first step. Terms are
brought to [-1, 1] by their bounds, so wide bounds cost precision, and for \`poisson\` so does a large \`hi\`: a person's
residual counts up to it.
Where the noise is larger than the information of a model, no row comes out, and the charge stays. Measured on 804
persons with age as the one term, at variance 40: bounded by 0 and 130, \`poisson\` with \`hi\` = 4 came out empty in 142 of 200
runs and \`logistic\` in 35; bounded by 20 and 90, in 19 and 0; with \`hi\` = 2 as well, in none.`
