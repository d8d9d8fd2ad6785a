import type { ReducerSpec } from '../../src/domain/reducer.ts'

/** A frame over the spec workspace with a column for every reducer, and one of each. */
export const frameText = `WITH visits AS (
  SELECT person_id, count(*) AS n, count(*) FILTER (WHERE encounter_class = 'EMER') AS emergencies FROM encounter GROUP BY person_id
), hba1c AS (SELECT person_id, avg(clamp(value, 3, 15)) AS level FROM observation WHERE code = '4548-4' GROUP BY person_id)
SELECT p.sex, p.deceased, p.region,
       2026 - p.birth_year AS age, bucket(2026 - p.birth_year, 20, 100, 10) AS band,
       clamp(v.emergencies, 0, 4) AS emergencies, clamp(v.n, 0, 20) / 4 AS years, v.n > 4 AS often,
       h.level AS hba1c, bucket(h.level, 3, 15, 0.5) AS level_band,
       CASE WHEN p.sex = 'female' THEN 1 ELSE 0 END AS female, p.birth_year AS period,
       CASE WHEN h.level IS NULL THEN 'known' WHEN p.deceased THEN 'measured' ELSE 'complete' END AS step,
       clamp(v.n, 0, 6) AS counted, v.n AS visits
FROM patient p LEFT JOIN visits v ON v.person_id = p.person_id LEFT JOIN hba1c h ON h.person_id = p.person_id`

export const specs: Readonly<Record<string, ReducerSpec>> = {
  count: { kind: 'count', by: ['sex'] },
  proportion: { kind: 'proportion', part: 'often', by: ['sex'] },
  rate: { kind: 'rate', events: 'emergencies', time: 'years', per: 1000, by: ['region'] },
  std_rate: {
    kind: 'std_rate',
    events: 'deceased',
    time: 'years',
    per: 100,
    stratum: 'band',
    weights: [
      { value: 20, weight: 2 },
      { value: 30, weight: 1 },
    ],
  },
  mean: { kind: 'mean', value: 'hba1c', by: ['sex'] },
  quantile: { kind: 'quantile', value: 'level_band', quantiles: [0.25, 0.5, 0.75] },
  table1: { kind: 'table1', values: ['age', 'sex', 'deceased', 'hba1c'], by: ['region'] },
  series: { kind: 'series', period: 'period', by: ['sex'] },
  flow: { kind: 'flow', step: 'step', steps: ['known', 'measured', 'complete'] },
  km: { kind: 'km', time: 'band', event: 'deceased', by: ['sex'] },
  linear: {
    kind: 'linear',
    outcome: 'hba1c',
    terms: ['age', 'female', 'deceased'],
    by: ['region'],
  },
  logistic: { kind: 'logistic', outcome: 'often', terms: ['age', 'female'] },
  poisson: { kind: 'poisson', outcome: 'counted', terms: ['age', 'female'] },
}
