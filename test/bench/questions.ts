/** A question and the plain aggregate of the same rows, without persons, bounds or domains. */
export type Question = Readonly<{
  name: string
  kind: 'onePerPerson' | 'events'
  text: string
  raw: string
}>

/** `events` compares with rows counted, not with distinct persons: that is the cheapest that the engine can do. */
export const questions: readonly Question[] = [
  {
    name: 'persons per region',
    kind: 'onePerPerson',
    text: 'SELECT region, count(*) AS persons FROM patient GROUP BY region',
    raw: 'SELECT region, count(*) FROM patient GROUP BY region',
  },
  {
    name: 'women per region, deceased, mean age',
    kind: 'onePerPerson',
    text: `SELECT region, count(*) AS persons, count(*) FILTER (WHERE deceased) AS deceased, avg(2025 - birth_year) AS age
      FROM patient WHERE sex = 'female' GROUP BY region`,
    raw: `SELECT region, count(*), count(*) FILTER (WHERE deceased), avg(2025 - birth_year)
      FROM patient WHERE sex = 'female' GROUP BY region`,
  },
  {
    name: 'persons per sex and decade of birth',
    kind: 'onePerPerson',
    text: 'SELECT sex, bucket(birth_year, 1930, 2020, 10) AS decade, count(*) AS persons FROM patient GROUP BY sex, decade',
    raw: 'SELECT sex, CASE WHEN birth_year >= 1930 AND birth_year < 2020 THEN birth_year - (birth_year - 1930) % 10 END AS decade, count(*) FROM patient GROUP BY sex, decade',
  },
  {
    name: 'persons with hypertension',
    kind: 'events',
    text: "SELECT count(DISTINCT person_id) AS persons FROM condition WHERE code = 'I10'",
    raw: "SELECT count(*) FROM condition WHERE code = 'I10'",
  },
  {
    name: 'persons per diagnosis, all cells kept',
    kind: 'events',
    text: '-- cells: 7\nSELECT code, count(DISTINCT person_id) AS persons FROM condition GROUP BY code',
    raw: 'SELECT code, count(*) FROM condition GROUP BY code',
  },
  {
    name: 'persons per diagnosis, 3 cells kept',
    kind: 'events',
    text: 'SELECT code, count(DISTINCT person_id) AS persons FROM condition GROUP BY code',
    raw: 'SELECT code, count(*) FROM condition GROUP BY code',
  },
  {
    name: 'persons per diagnosis and status, filtered',
    kind: 'events',
    text: `SELECT code, clinical_status, count(DISTINCT person_id) AS persons,
      count(DISTINCT person_id) FILTER (WHERE verification_status = 'confirmed') AS confirmed
      FROM condition GROUP BY code, clinical_status`,
    raw: `SELECT code, clinical_status, count(*), count(*) FILTER (WHERE verification_status = 'confirmed')
      FROM condition GROUP BY code, clinical_status`,
  },
  {
    name: 'records per diagnosis, 3 cells kept',
    kind: 'events',
    text: 'SELECT code, count(*) AS records, count(DISTINCT person_id) AS persons FROM condition GROUP BY code',
    raw: 'SELECT code, count(*) FROM condition GROUP BY code',
  },
  {
    name: 'mean delay of recording per status',
    kind: 'events',
    text: `-- cells: 3
      SELECT clinical_status, avg(clamp(date_diff('day', onset_date, recorded_date), 0, 1000)) AS days
      FROM condition GROUP BY clinical_status`,
    raw: `SELECT clinical_status, avg(CASE WHEN recorded_date >= onset_date THEN least(date_diff('day', onset_date, recorded_date), 1000) ELSE 0 END)
      FROM condition GROUP BY clinical_status`,
  },
  {
    name: 'persons per year of record, 3 cells kept',
    kind: 'events',
    text: `SELECT year(recorded_date) AS year, count(DISTINCT person_id) AS persons FROM condition
      WHERE recorded_date BETWEEN DATE '2005-01-01' AND DATE '2024-12-31' GROUP BY year`,
    raw: `SELECT year(recorded_date) AS year, count(*) FROM condition
      WHERE recorded_date BETWEEN DATE '2005-01-01' AND DATE '2024-12-31' GROUP BY year`,
  },
  {
    name: 'persons per day of a quarter, 3 cells kept',
    kind: 'events',
    text: `SELECT recorded_date AS day, count(DISTINCT person_id) AS persons FROM condition
      WHERE recorded_date BETWEEN DATE '2020-01-01' AND DATE '2020-03-31' GROUP BY day`,
    raw: `SELECT recorded_date AS day, count(*) FROM condition
      WHERE recorded_date BETWEEN DATE '2020-01-01' AND DATE '2020-03-31' GROUP BY day`,
  },
]
