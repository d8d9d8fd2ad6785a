import { afterAll, describe, expect, test } from 'vitest'
import { proveFrame } from '../../src/analysis/frame.ts'
import type { ReducerSpec } from '../../src/domain/reducer.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { specDictionary } from '../spec/dictionary.ts'
import { plainJail } from '../support/plain-jail.ts'
import { refusal } from './support.ts'

const engine = createEngine({ jail: plainJail(), threads: 1 })
afterAll(() => engine.close())
const frame = async (spec: ReducerSpec, text: string) =>
  proveFrame(await engine.parse(text), specDictionary, spec, { text })

describe('refusals', () => {
  const base = 'SELECT sex, birth_year, deceased, region, birth_date FROM patient'
  const cases: readonly (readonly [string, ReducerSpec, string, string, string?])[] = [
    ['several rows', { kind: 'count' }, 'frame-needs-one-row', '1:8', 'SELECT code FROM condition'],
    ['nobody', { kind: 'count' }, 'release-about-nobody', '1:1', 'SELECT 1 AS one'],
    [
      'a released SELECT',
      { kind: 'count' },
      'group-needs-person-key',
      '1:8',
      'SELECT sex, count(*) AS n FROM patient GROUP BY sex',
    ],
    ['LIMIT', { kind: 'count' }, 'limit-on-persons', '1:8', 'SELECT sex FROM patient LIMIT 5'],
    [
      'an unknown column',
      { kind: 'mean', value: 'weight' },
      'reducer-column-unknown',
      '/reducer/value',
    ],
    ['a text as number', { kind: 'mean', value: 'sex' }, 'reducer-column-type', '/reducer/value'],
    [
      'no bounds',
      { kind: 'mean', value: 'level' },
      'sum-unbounded',
      '/reducer/value',
      'SELECT p.sex, (SELECT max(o.value) FROM observation o WHERE o.person_id = p.person_id) AS level FROM patient p',
    ],
    ['an open label', { kind: 'count', by: ['birth_date'] }, 'label-open', '/reducer/by/0'],
    [
      'the key',
      { kind: 'count', by: ['person_id'] },
      'key-unusable',
      '/reducer/by/0',
      'SELECT person_id FROM patient',
    ],
    ['no condition', { kind: 'proportion', part: 'sex' }, 'reducer-column-type', '/reducer/part'],
    [
      'no grid',
      { kind: 'quantile', value: 'sex', quantiles: [0.5] },
      'reducer-grid',
      '/reducer/value',
    ],
    [
      'a quantile of 1',
      { kind: 'quantile', value: 'birth_year', quantiles: [1] },
      'reducer-invalid',
      '/reducer/quantiles',
    ],
    [
      'an unknown step',
      { kind: 'flow', step: 'region', steps: ['moon'] },
      'reducer-invalid',
      '/reducer/steps/0',
    ],
    [
      'a weight of nobody',
      {
        kind: 'std_rate',
        events: 'deceased',
        time: 'birth_year',
        per: 1,
        stratum: 'region',
        weights: [{ value: 'moon', weight: 1 }],
      },
      'reducer-invalid',
      '/reducer/weights/0/value',
    ],
    ['a label twice', { kind: 'count', by: ['sex', 'SEX'] }, 'reducer-invalid', '/reducer/by'],
    [
      'a label named as a column of the result',
      { kind: 'count', by: ['of'] },
      'release-duplicate-name',
      '/reducer',
      'SELECT sex AS "of" FROM patient',
    ],
    [
      'groups of a model',
      { kind: 'logistic', outcome: 'deceased', terms: [], by: ['sex'] },
      'reducer-by',
      '/reducer/by',
    ],
    [
      'a constant term',
      { kind: 'linear', outcome: 'birth_year', terms: ['one'] },
      'reducer-invalid',
      '/reducer/terms/0',
      'SELECT birth_year, 1 AS one FROM patient',
    ],
    [
      'an outcome that is no count',
      { kind: 'poisson', outcome: 'level', terms: [] },
      'reducer-column-type',
      '/reducer/outcome',
      'SELECT birth_year / 7 AS level FROM patient',
    ],
    [
      'too many cells',
      { kind: 'series', period: 'birth_year', by: ['year2', 'sex'] },
      'labels-too-many',
      '/reducer',
      'SELECT sex, birth_year, birth_year + 1 AS year2 FROM patient',
    ],
    [
      'an exact model',
      { kind: 'glm', family: 'gaussian', outcome: 'birth_year', terms: [] },
      'reducer-needs-reviewed',
      '/reducer/kind',
    ],
    [
      'a Cox model',
      { kind: 'cox', time: 'birth_year', event: 'deceased', terms: [] },
      'reducer-needs-reviewed',
      '/reducer/kind',
    ],
  ]
  test.each(cases.map(([what, spec, rule, place, text]) => ({ what, spec, rule, place, text })))(
    '$what',
    async ({ spec, rule, place, text = base }) => {
      const problem = await refusal(frame(spec, text))
      expect(problem.toJSON()).toMatchObject({ rule, place })
      expect(String(problem.toJSON()['fix']).length).toBeGreaterThan(9)
    },
  )
})
