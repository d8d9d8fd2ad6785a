import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../../sandbox/examples/', import.meta.url))
const example = (name: string): string => readFileSync(`${folder}${name}.sql`, 'utf8')

export const questions = (): readonly Readonly<{
  name: string
  text: string
  variance: number
}>[] => [
  {
    name: 'Prevalence of hypertension by sex and age',
    text: example('hypertension-by-sex-and-age'),
    variance: 15,
  },
  { name: 'Statins by sex and age', text: example('statins-by-sex-and-age'), variance: 20 },
  { name: 'HbA1c in diabetes by medicine', text: example('hba1c-by-medication'), variance: 12 },
]

export const rowLevel = 'SELECT person_id, birth_date FROM patient'

/** Two counts that differ by one predicate, aimed at the people born on one day. */
export const differencing = (day: string): readonly [string, string] => [
  `SELECT count(*) AS persons FROM patient p JOIN (SELECT DISTINCT person_id FROM condition WHERE code = 'E11.9') d ON d.person_id = p.person_id`,
  `SELECT count(*) AS persons FROM patient p JOIN (SELECT DISTINCT person_id FROM condition WHERE code = 'E11.9') d ON d.person_id = p.person_id WHERE p.birth_date <> DATE '${day}'`,
]

/** The n-th of many different questions; each costs, so the budget stops them. */
export const flood = (n: number): string =>
  `SELECT sex, count(*) AS persons FROM patient WHERE birth_date < DATE '${1950 + n}-01-01' GROUP BY sex`
