import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../src/domain/capabilities.ts'

/** A small workspace file with a canary in it. */
export async function smallWorkspace(
  engine: Engine,
): Promise<Readonly<{ folder: string; database: string }>> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-engine-'))
  const database = join(folder, 'ws.duckdb')
  await engine.script({
    statements: [
      `ATTACH '${database}' AS ws`,
      `CREATE TABLE ws.main.patient AS SELECT i::INTEGER AS person_id,
        CASE WHEN i % 2 = 0 THEN 'female' ELSE 'male' END AS sex,
        DATE '1950-01-01' + (i * 7)::INTEGER AS birth_date, 'CANARY-' || i AS region FROM range(200) t(i)`,
    ],
    read: [],
    write: [folder],
  })
  return { folder, database }
}
