import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../src/domain/capabilities.ts'
import type { Proven } from '../../src/domain/proven.ts'
import { specDictionary } from '../spec/dictionary.ts'
import { tableStatements } from '../spec/workspace.ts'

/**
 * The split test (design/disclosure.md section 1): R, the person level of an accepted query, must say the same of the
 * whole population as of random halves of it put together. What differs is not person-local, whatever was proven. And it
 * must say the same of the rows in another order, which in an engine depends on how many rows other people have.
 */
export type SplitTest = (proofs: readonly Proven[]) => Promise<readonly number[]>

export const SPLITS = 8

/** One file with the whole population as schema-qualified `ws`, and one per half of each split. */
export async function makeSplitTest(engine: Engine, persons = 80): Promise<SplitTest> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-split-'))
  const file = (name: string): string => join(folder, `${name}.duckdb`)
  const halves = Array.from({ length: SPLITS }, (_, s) => [`a${s}`, `b${s}`] as const)
  await engine.script({
    statements: [`ATTACH '${file('ws')}' AS ws`, ...tableStatements(persons)],
    read: [],
    write: [folder],
  })
  for (const [s, pair] of halves.entries())
    for (const [bit, half] of pair.entries())
      await engine.script({
        statements: [
          `ATTACH '${file(half)}' AS ${half}`,
          `ATTACH '${file('ws')}' AS ws (READ_ONLY)`,
          ...specDictionary.map(
            ({ name }) =>
              `CREATE TABLE ${half}.main.${name} AS SELECT * FROM ws.main.${name} WHERE hash(person_id, ${s}) % 2 = ${bit}`,
          ),
        ],
        read: [],
        write: [folder],
      })
  await engine.script({
    statements: [
      `ATTACH '${file('turned')}' AS turned`,
      `ATTACH '${file('ws')}' AS ws (READ_ONLY)`,
      ...specDictionary.map(
        ({ name }) =>
          `CREATE TABLE turned.main.${name} AS SELECT * FROM ws.main.${name} ORDER BY rowid DESC`,
      ),
    ],
    read: [],
    write: [folder],
  })
  const attach = ['ws', 'turned', ...halves.flat()].map(
    (n) => `ATTACH '${file(n)}' AS ${n} (READ_ONLY)`,
  )
  return async (proofs) => {
    const perProof = SPLITS + 2
    const results = await engine.script({
      statements: [...attach, ...proofs.flatMap((p) => compared(p, halves))],
      read: [folder],
      write: [],
      wallMs: 10 * 60_000,
    })
    return proofs.map((_, i) =>
      results
        .slice(attach.length + i * perProof + 1, attach.length + (i + 1) * perProof)
        .reduce((n, r) => n + Number(r.rows[0]?.[0]), 0),
    )
  }
}

function compared(p: Proven, halves: readonly (readonly [string, string])[]): string[] {
  const on = (half: string): string =>
    `SELECT * FROM (${p.personSql.replaceAll('"ws"."main".', `"${half}"."main".`)}) AS h`
  return [
    `CREATE OR REPLACE TEMP TABLE r AS SELECT * FROM (${p.personSql}) AS w`,
    ...[on('turned'), ...halves.map(([a, b]) => `${on(a)} UNION ALL ${on(b)}`)].map(
      (parts) =>
        `WITH parts AS MATERIALIZED (${parts}) SELECT (SELECT count(*) FROM (FROM r EXCEPT ALL FROM parts)) + (SELECT count(*) FROM (FROM parts EXCEPT ALL FROM r))`,
    ),
  ]
}
