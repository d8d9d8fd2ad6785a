import type { Dictionary } from '../../src/domain/dataset.ts'
import type { Question } from './gateway.ts'
import { type Person, SIZE } from './world.ts'

/** The attacks' questions as an attacker types them, each with what it must amount to, or the refusal it must meet. */
export type Spoken = Readonly<{ what: string; sql: string }> &
  (Readonly<{ same: Question }> | Readonly<{ refused: string }>)

const column = (
  name: string,
  type: 'text' | 'integer' | 'boolean',
  domain: Dictionary[number]['columns'][number]['domain'],
) => ({ name, type, domain, meaning: name }) as const
const person = column('person_id', 'text', { kind: 'person' })

export const attackDictionary: Dictionary = [
  {
    name: 'patient',
    meaning: 'one row per person',
    rowsPerPerson: { kind: 'one' },
    columns: [
      person,
      column('mark', 'integer', { kind: 'range', min: 0, max: SIZE, step: 1 }),
      column('sex', 'text', { kind: 'enum', values: ['f', 'm'] }),
      column('secret', 'boolean', { kind: 'boolean' }),
      column('value', 'integer', { kind: 'range', min: 0, max: 100, step: 1 }),
    ],
  },
  {
    name: 'visit',
    meaning: 'rows of a person',
    rowsPerPerson: { kind: 'many', cap: 20 },
    columns: [person, column('kind', 'text', { kind: 'enum', values: ['a', 'b'] })],
  },
]

const bySecret = { name: 'secret', of: (p: Person) => p.secret }
const counted = 'count(DISTINCT person_id) AS n'
const grouped = (where: string): string =>
  `SELECT secret, ${counted} FROM patient WHERE ${where} GROUP BY secret`

export const spoken: readonly Spoken[] = [
  {
    what: 'the target alone',
    sql: grouped('mark = 0'),
    same: { text: '', by: bySecret, where: (p) => p.target },
  },
  {
    what: 'with the target',
    sql: grouped('TRUE'),
    same: { text: '', by: bySecret },
  },
  {
    what: 'without the target',
    sql: grouped('mark <> 0'),
    same: { text: '', by: bySecret, where: (p) => !p.target },
  },
  {
    what: 'tracker, C or T',
    sql: `SELECT ${counted} FROM patient WHERE (mark = 0 AND secret) OR sex = 'f'`,
    same: { text: '', where: (p) => (p.target && p.secret) || p.sex === 'f' },
  },
  {
    what: 'nine known and the target',
    sql: `SELECT ${counted} FROM patient WHERE secret AND (mark = 0 OR mark BETWEEN 1 AND 18)`,
    same: { text: '', where: (p) => p.secret && p.mark <= 18 },
  },
  {
    what: 'the secret in a label',
    sql: `SELECT CASE WHEN mark <> 0 THEN 'other' WHEN secret THEN 'yes' ELSE 'no' END AS l, ${counted} FROM patient GROUP BY 1`,
    same: {
      text: '',
      by: { name: 'l', of: (p) => (p.target ? (p.secret ? 'yes' : 'no') : 'other') },
    },
  },
  {
    what: 'the secret in a value of both signs',
    sql: 'SELECT sum(CASE WHEN mark <> 0 THEN 1 WHEN secret THEN 1000 ELSE -1000 END) AS s FROM patient',
    same: {
      text: '',
      measureOnly: true,
      sum: { lo: -1000, hi: 1000, of: (p) => (p.target ? (p.secret ? 1000 : -1000) : 1) },
    },
  },
  {
    what: 'a thousand rows of the target, capped',
    sql: `SELECT count(*) AS rows FROM visit JOIN patient USING (person_id) WHERE mark = 0`,
    same: {
      text: '',
      measureOnly: true,
      where: (p) => p.target,
      sum: { lo: 0, hi: 20, of: (p) => Math.min(20, p.rows) },
    },
  },
  {
    what: 'division by zero where the target has the secret',
    sql: `SELECT ${counted} FROM patient WHERE coalesce(1 / CASE WHEN mark = 0 AND secret THEN 0 ELSE 1 END, 1) > 0`,
    same: { text: '' },
  },
  {
    what: 'the largest value',
    sql: 'SELECT max(value) AS m FROM patient',
    refused: 'release-aggregate',
  },
  { what: 'the rows', sql: 'SELECT mark, secret FROM patient', refused: 'release-rows' },
  {
    what: 'one row',
    sql: 'SELECT secret FROM patient ORDER BY mark LIMIT 1',
    refused: 'release-rows',
  },
  {
    what: 'a limit inside',
    sql: `SELECT secret, ${counted} FROM (SELECT * FROM patient ORDER BY mark LIMIT 1) GROUP BY secret`,
    refused: 'option-unknown',
  },
  {
    what: 'a window across persons',
    sql: `SELECT first_secret, ${counted} FROM (SELECT person_id, first_value(secret) OVER (ORDER BY mark) AS first_secret FROM patient) GROUP BY 1`,
    refused: 'window-needs-person-key',
  },
  {
    what: "everybody's row joined to the target's",
    sql: `SELECT t.secret, count(*) AS n FROM patient p JOIN patient t ON t.mark = 0 GROUP BY t.secret`,
    refused: 'join-needs-person-key',
  },
  {
    what: 'the target in a scalar subquery',
    sql: `SELECT ${counted} FROM patient WHERE (SELECT bool_or(secret) FROM patient WHERE mark = 0)`,
    refused: 'subquery-not-correlated',
  },
  {
    what: 'a test on the exact aggregate',
    sql: `SELECT secret, ${counted} FROM patient GROUP BY secret HAVING max(CASE WHEN mark = 0 THEN 1 ELSE 0 END) = 1`,
    refused: 'release-aggregate',
  },
  {
    what: 'distinct values',
    sql: 'SELECT count(DISTINCT value) AS n FROM patient',
    refused: 'release-aggregate',
  },
  {
    what: 'an error on purpose',
    sql: `SELECT ${counted} FROM patient WHERE CASE WHEN mark = 0 AND secret THEN error('x') ELSE TRUE END`,
    refused: 'function-unknown',
  },
  {
    what: 'chance',
    sql: `SELECT ${counted} FROM patient WHERE random() < 0.5`,
    refused: 'function-unknown',
  },
  {
    what: 'the key itself as a label',
    sql: 'SELECT person_id, count(*) AS n FROM patient GROUP BY person_id',
    refused: 'release-label-key',
  },
  {
    what: 'a sum without bounds by the key',
    sql: 'SELECT sum(person_id) AS s FROM patient',
    refused: 'key-unusable',
  },
  {
    what: 'the sample',
    sql: `SELECT ${counted} FROM patient TABLESAMPLE 1 ROWS`,
    refused: 'sample-on-persons',
  },
]
