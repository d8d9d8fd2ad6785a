import { sha256 } from '../domain/digest.ts'
import { Problem } from '../domain/problem.ts'

/**
 * The engine this code was proven against: DuckDB 1.5.6. Another parser, another function catalogue or another
 * serialisation may mean another thing by the same text, so an unknown one is not used at all.
 */
export const KNOWN = {
  source: '069cc9f9b5',
  catalogue: '4263b908332829db66d049a190e4cb09',
  tree: '514e7e81e9cf52148c42e268a867029f2b272b02063f4dab029b0394e22fd2df',
} as const

/** One text that touches every kind of node the proof reads. */
export const GOLDEN = `WITH a AS (SELECT person_id, CASE WHEN x > 1.5 THEN 'y' ELSE NULL END AS l FROM t AS u
  LEFT JOIN v USING (person_id) WHERE NOT (b IN (1, 2) OR c BETWEEN 1 AND 2) AND EXISTS (SELECT 1 FROM w WHERE w.p = u.p))
  SELECT l, count(*) FILTER (WHERE l IS NOT NULL), sum(DISTINCT z), row_number() OVER (PARTITION BY p ORDER BY q DESC)
  FROM a SEMI JOIN (VALUES (1, TRY_CAST('2' AS DATE))) AS c(d, e) ON a.l = c.d
  GROUP BY GROUPING SETS ((l), ()) HAVING count(*) > 9007199254740993 QUALIFY true ORDER BY 1 DESC LIMIT 3`

/** Throws `insecure-configuration` when the answering engine is not the known one. */
export function checkIdentity(answer: Readonly<Record<string, unknown>>): void {
  const seen = {
    source: answer['source'],
    catalogue: answer['catalogue'],
    tree: sha256(String(answer['tree'])),
  }
  for (const part of ['source', 'catalogue', 'tree'] as const)
    if (seen[part] !== KNOWN[part])
      throw new Problem('insecure-configuration', {
        rule: 'engine-unknown',
        place: part,
        reason: 'This DuckDB is not the one that the proof was tested against.',
        fix: 'Install the pinned @duckdb/node-api, then run npm test.',
      })
}
