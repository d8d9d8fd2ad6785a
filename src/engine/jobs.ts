import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JailJob } from '../domain/capabilities.ts'

/** What a child needs to see to start: the three programs, the DuckDB packages, and the package.json that says ESM. */

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(dirname(here))
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'

function duckdb(): string[] {
  const found = dirname(dirname(createRequire(import.meta.url).resolve('@duckdb/node-api')))
  return [...new Set([dirname(found), join(root, 'node_modules', '@duckdb')])]
}

type Size = Readonly<{ memoryMiB: number; wallMs: number; answerMiB: number; tmpMiB: number }>

/** `program` is one of ours beside this file; `size.memoryMiB` is DuckDB's own, 256 more are Node's and what
 * DuckDB does not count; the jail adds the address space that the runtime reserves. */
export const jobOf = (
  program: 'parse-child' | 'query-child' | 'script-child',
  read: readonly string[],
  write: readonly string[],
  size: Size,
): JailJob => ({
  runtime: 'node-duckdb',
  argv: [process.execPath, join(here, `${program}.${extension}`)],
  env: { LANG: 'C.UTF-8', TZ: 'UTC', NODE_NO_WARNINGS: '1' },
  read: [here, join(root, 'package.json'), ...duckdb(), ...read],
  write,
  limits: {
    wallMs: size.wallMs,
    cpuSeconds: Math.ceil((size.wallMs / 1000) * 4),
    memoryMiB: size.memoryMiB + 256,
    processes: 64,
    descriptors: 256,
    tmpMiB: size.tmpMiB,
    fileMiB: 64 * 1024,
    logBytes: 64 * 1024,
    answerBytes: size.answerMiB * 1024 * 1024,
  },
})
