import { expect, test } from 'vitest'
import { articles } from '../../src/domain/articles.ts'
import { Problem, problemCodes } from '../../src/domain/problem.ts'
import { prohibitedPurposes, purposes } from '../../src/domain/purpose.ts'

test('every problem has a status, an exit code, a title and a fix', () => {
  for (const code of problemCodes) {
    const problem = new Problem(code)
    expect(problem.status).toBeGreaterThanOrEqual(400)
    expect(problem.exit).toBeGreaterThan(0)
    expect(problem.exit).toBeLessThan(126)
    expect(problem.toJSON()).toMatchObject({ rule: code, title: problem.message })
    expect(String(problem.toJSON()['fix']).length).toBeGreaterThan(10)
  }
})

test('facts are members of the document and cannot replace its type', () => {
  const it = new Problem('sql-refused', { rule: 'no-limit', place: '1:4', fix: 'Remove LIMIT.' })
  expect(it.toJSON()).toMatchObject({
    type: 'https://vitrine.example/problems/sql-refused',
    status: 422,
    rule: 'no-limit',
    place: '1:4',
    fix: 'Remove LIMIT.',
  })
})

test('purposes cite articles that exist, in the numbering of the Official Journal', () => {
  for (const { article } of Object.values(purposes)) expect(article).toMatch(/^53\(1\)\([a-f]\)$/)
  for (const { article } of Object.values(prohibitedPurposes))
    expect(articles).toHaveProperty(article)
})
