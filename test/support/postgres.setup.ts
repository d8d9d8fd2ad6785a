import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** vitest's global set-up: where the shared test server lives, gone after the run. The first test to need it starts it. */
export async function setup(): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'vitrine-postgres-'))
  process.env['VITRINE_TEST_POSTGRES'] = directory
  return () => rm(directory, { recursive: true, force: true })
}
