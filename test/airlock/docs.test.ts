import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ALLOWED, OUTCOME } from '../../src/airlock/states.ts'
import { VISIBLE } from '../../src/airlock/visible.ts'
import { WHO } from '../../src/airlock/who.ts'
import { outputTransitions } from '../../src/domain/analysis.ts'
import { mermaid } from '../../src/domain/transition.ts'

const page = resolve(import.meta.dirname, '../../docs/airlock.md')
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
const list = (items: readonly string[]): string => items.join(', ') || 'nothing'

const generated: Readonly<Record<string, string>> = {
  states: `\`\`\`mermaid\n${mermaid(outputTransitions)}\n\`\`\``,
  allowed: table(
    ['the votes are', 'so it allows'],
    Object.entries(ALLOWED).map(([standing, steps]) => [standing, list(steps)]),
  ),
  who: table(
    ['step', 'who may'],
    Object.entries(WHO).map(([step, roles]) => [step, list(roles)]),
  ),
  visible: table(
    ['to whom', 'votes are missing', 'all votes are in', 'it was returned'],
    Object.entries(VISIBLE).map(([viewer, it]) => [
      viewer,
      list(it.blind),
      list(it['all-in']),
      list(it.returned),
    ]),
  ),
  outcome: table(
    ['verdicts', 'after the blind votes', 'after each has restated theirs'],
    Object.entries(OUTCOME).map(([said, [blind, seen]]) => [
      said.replaceAll('+', ' and '),
      blind,
      seen,
    ]),
  ),
}

/** `VITRINE_WRITE=airlock npx vitest run test/airlock/docs` writes the tables anew. */
test.each(Object.keys(generated))('docs/airlock.md has the table %s of the code', (name) => {
  const text = readFileSync(page, 'utf8')
  const between = new RegExp(`(<!-- ${name} -->\n\n)[^]*?(\n\n<!-- end -->)`)
  expect(text).toMatch(between)
  const written = text.replace(between, (_, from, to) => `${from}${generated[name]}${to}`)
  if (process.env['VITRINE_WRITE'] === 'airlock') writeFileSync(page, written)
  else expect(text).toBe(written)
})
