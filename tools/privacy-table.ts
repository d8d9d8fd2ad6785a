import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  effectiveThreshold,
  epsilonOf,
  muOf,
  noiseTail,
  worstCase,
} from '../src/disclosure/bounds.ts'
import { standardDefaults } from '../src/disclosure/defaults.ts'
import { DELTA, permitStatement } from '../src/disclosure/statement.ts'

/** Prints every figure of docs/privacy.md, and with --write puts it there. */

type Attack = Readonly<{
  attack: string
  advantage: number
  ci95: readonly [number, number]
  bound: number
  targets: number
  control: number
  controlGateway: string
  knowsOthers: boolean
}>

const root = join(import.meta.dirname, '..')
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((r) => `| ${r.join(' | ')} |`).join('\n')
const two = (x: number): string => x.toFixed(2)
const three = (x: number): string => x.toFixed(3)

/** Planned count tables and variance, to what they mean. */
const planning = (): string =>
  table(
    [
      'count tables',
      'variance',
      'sd',
      'rho',
      'mu',
      'epsilon',
      'worst-case advantage',
      'shown from (k = 10)',
    ],
    [4, 8, 20, 50].flatMap((tables) =>
      [10, 40, 100, 400].map((v) => {
        const rho = tables / v
        const s = permitStatement({ k: 10, variance: v, rounding: 5, rho })
        return [
          tables,
          v,
          Math.sqrt(v).toFixed(1),
          three(rho),
          two(s.mu),
          two(s.epsilon),
          two(s.worstCaseAdvantage),
          s.effectiveThreshold,
        ]
      }),
    ),
  )

/** Budgets, to what an attacker gains. */
const budgets = (): string =>
  table(
    [
      'budget rho',
      'mu',
      `epsilon at ${DELTA.toExponential(0)}`,
      'worst-case advantage',
      'statistics at variance 40',
      'at 100',
      'at 400',
    ],
    [0.02, 0.06, 0.1, 0.2, 0.5, 1].map((rho) => [
      rho,
      two(muOf(rho)),
      two(epsilonOf(rho, DELTA)),
      two(worstCase(rho, 100)),
      Math.floor(rho * 40 + 1e-9),
      Math.floor(rho * 100 + 1e-9),
      Math.floor(rho * 400 + 1e-9),
    ]),
  )

const thresholds = (): string =>
  table(
    [
      'variance',
      'sd',
      'k = 5',
      'k = 10',
      'k = 20',
      'chance that the check of the true count shows',
    ],
    [10, 20, 40, 100, 400].map((v) => [
      v,
      Math.sqrt(v).toFixed(1),
      ...[5, 10, 20].map((k) => effectiveThreshold(k, v)),
      noiseTail(v, effectiveThreshold(10, v) - 9).toExponential(1),
    ]),
  )

const attacks = (): string => {
  const rows = JSON.parse(
    readFileSync(join(root, 'test/attacks/measured.json'), 'utf8'),
  ) as readonly Attack[]
  return table(
    [
      'attack',
      'advantage',
      '95 % interval',
      'bound',
      'secrets',
      'weakest gateway it defeats',
      'its advantage there',
    ],
    rows.map((r) => [
      r.knowsOthers ? `${r.attack} (knows all others)` : r.attack,
      three(r.advantage),
      `${three(r.ci95[0])} to ${three(r.ci95[1])}`,
      three(r.bound),
      r.targets,
      r.controlGateway,
      two(r.control),
    ]),
  )
}

const defaults = (): string => {
  const s = permitStatement(standardDefaults)
  return `> k = ${standardDefaults.k}, variance ${standardDefaults.variance}, rounding ${standardDefaults.rounding}, rho = ${standardDefaults.rho}. ${s.words}`
}

const sections: Readonly<Record<string, () => string>> = {
  defaults,
  budgets,
  planning,
  thresholds,
  attacks,
}

const { values } = parseArgs({
  options: { write: { type: 'boolean' }, check: { type: 'boolean' } },
})
const path = join(root, 'docs/privacy.md')
const before = readFileSync(path, 'utf8')
const after = Object.entries(sections).reduce((text, [name, make]) => {
  const section = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`)
  if (!section.test(text)) throw new Error(`docs/privacy.md has no section ${name}`)
  return text.replace(section, (_, open: string, close: string) => `${open}${make()}\n${close}`)
}, before)
if (values.write) writeFileSync(path, after)
else if (values.check) {
  if (after !== before) {
    console.error(
      'docs/privacy.md is not what its command prints: node tools/privacy-table.ts --write',
    )
    process.exitCode = 1
  }
} else for (const [name, make] of Object.entries(sections)) console.log(`## ${name}\n\n${make()}\n`)
