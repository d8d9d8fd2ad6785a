import { execFileSync } from 'node:child_process'
import { createContext, runInContext } from 'node:vm'
import { worstCase } from '../../src/disclosure/bounds.ts'
import { charge } from '../../src/disclosure/charge.ts'
import { protect } from '../../src/disclosure/protect.ts'
import type { Engine, Scripts } from '../../src/domain/capabilities.ts'
import type { Dictionary } from '../../src/domain/dataset.ts'
import type { Aggregate, Cell } from '../../src/domain/glass.ts'
import type { Proven } from '../../src/domain/proven.ts'
import type { PersonScript, ScriptLanguage } from '../../src/domain/script.ts'
import { PYTHON } from '../../src/sandbox/script/jobs.ts'
import { R, R_ENVIRONMENT } from '../../src/sandbox/script/whole-jobs.ts'
import { testNoise } from '../support/noise.ts'
import { askScript, personsWorkspace } from '../support/persons.ts'
import { interval, type Row, type Size } from './measure.ts'
import { type Attack, attacks, beyond, OTHERS } from './person-texts.ts'
import { randomOf, worldOf } from './world.ts'

/**
 * Person scripts written to learn one person's secret. Each runs once per world of that secret in the real jail, whose
 * exact answer the noise is then drawn over for every guess; the control runs the same text in a gateway that lacks
 * one thing. The attacker knows everybody else, so the accountant's bound is the promise.
 */
const QUESTION = 'SELECT flag, count(*) AS persons FROM frame GROUP BY flag'
const dictionary: Dictionary = [
  {
    name: 'patient',
    meaning: 'the made-up population',
    rowsPerPerson: { kind: 'one' },
    columns: [
      { name: 'person_id', type: 'integer', domain: { kind: 'person' }, meaning: 'p' },
      {
        name: 'mark',
        type: 'integer',
        domain: { kind: 'range', min: 0, max: 1000, step: 1 },
        meaning: 'm',
      },
      { name: 'secret', type: 'boolean', domain: { kind: 'boolean' }, meaning: 's' },
    ],
  },
]
const reads = { patient: ['mark', 'secret'] }

const rowsOf = (secret: boolean) => worldOf(secret, randomOf(11))
const tablesOf = (secret: boolean): Record<string, string> => ({
  patient: `SELECT * FROM (VALUES ${rowsOf(secret)
    .map((p) => `('p${p.mark}', ${p.mark}, ${p.secret})`)
    .join()}) t(person_id, mark, secret)`,
  opted_out: `SELECT 'nobody' AS person_id`,
})

type Caps = Readonly<{ engine: Engine; scripts: Scripts }>

/** The exact answer of a script in each world: index 1 is the one with the secret. */
async function answersOf(caps: Caps, script: PersonScript) {
  const ask = async (secret: boolean) =>
    askScript(
      await personsWorkspace(caps, { dictionary, tables: tablesOf(secret) }),
      script,
      QUESTION,
    )
  const [without, having] = [await ask(false), await ask(true)]
  return { proven: having.proven, aggregates: [without.aggregate, having.aggregate] as const }
}

/** What a label's count says of the target, over as many spellings of the script as the budget covers. */
function score(
  aggregate: Aggregate,
  proven: Proven,
  size: Size,
  workspace: string,
): Readonly<{ score: number; spent: number }> {
  const { rho } = charge(proven, size.variance)
  const spellings = Math.max(1, Math.floor(size.budget / rho + 1e-9))
  const rules = {
    profile: 'standard',
    k: 10,
    variance: size.variance,
    rounding: 5,
    workspace,
  } as const
  const labels = proven.labels[0]?.values ?? []
  const yes: Cell = labels.includes('even') ? 'even' : true
  let total = 0
  for (let i = 0; i < spellings; i += 1) {
    // Another comment in the script is another digest: another question, charged anew.
    const asked = { ...proven, canonical: `${proven.canonical}/${i}` }
    const { rows } = protect(aggregate, asked, rules, testNoise('attack'))
    if (rows.some((row) => row[0] === 'alarm')) return { score: 1, spent: spellings * rho }
    total += beyond(Number(rows.find((row) => row[0] === yes)?.[1] ?? OTHERS + 0.5))
  }
  // Where the count cannot depend on the target, what is left of it is noise: as good as a coin.
  return { score: total, spent: spellings * rho }
}

/** Measures one attack in one language. */
async function measure(
  caps: Caps,
  attack: Attack,
  language: ScriptLanguage,
  size: Size,
): Promise<Row> {
  const script: PersonScript = {
    mode: 'person',
    language,
    text: attack.text[language],
    reads,
    fields: [attack.field],
  }
  const { proven, aggregates } = await answersOf(caps, script)
  const name = `${attack.name}-${language}`
  let [right, spent] = [0, 0]
  for (let i = 0; i < size.secrets; i += 1) {
    const secret = i % 2 === 0
    const played = score(aggregates[secret ? 1 : 0], proven, size, `${name}/${i}`)
    right += played.score > 0 === secret ? 1 : 0
    spent = played.spent
  }
  return {
    attack: name,
    profile: 'standard',
    advantage: (2 * right) / size.secrets - 1,
    ci95: interval(right, size.secrets),
    bound: worstCase(spent, size.variance),
    targets: size.secrets,
    control: controlOf(attack, language, size),
    controlGateway: attack.control,
    knowsOthers: true,
  }
}

/** The same guesses against the weak gateway. Persons come in an order of their own for every guess. */
function controlOf(attack: Attack, language: ScriptLanguage, size: Size): number {
  const random = randomOf(5)
  const sd = Math.sqrt(size.variance)
  const bell = (): number =>
    sd * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  let right = 0
  for (let i = 0; i < size.controls; i += 1) {
    const secret = i % 2 === 0
    const values = inOne[language](attack.text[language], shuffled(rowsOf(secret), random))
    right += attack.controlScore(values, bell) > 0 === secret ? 1 : 0
  }
  return (2 * right) / size.controls - 1
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((it) => [random(), it] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, it]) => it)
}

type Persons = readonly Readonly<{ mark: number; secret: boolean }>[]
const linesOf = (persons: Persons): string =>
  persons.map(({ mark, secret }) => JSON.stringify({ patient: [{ mark, secret }] })).join('\n')
const flagsOf = (answers: string): readonly unknown[] =>
  answers
    .trim()
    .split('\n')
    .map((it) => JSON.parse(it).flag)

/** The gateway that nobody should build: every person in one process, the runner and the script in one interpreter. */
const inOne: Readonly<
  Record<ScriptLanguage, (text: string, persons: Persons) => readonly unknown[]>
> = {
  python: (text, persons) => {
    const runner = `import sys, json\n${text}\nfor line in sys.stdin:\n    print(json.dumps(person(json.loads(line))))`
    return flagsOf(
      execFileSync(PYTHON, ['-c', runner], { input: linesOf(persons), encoding: 'utf8' }),
    )
  },
  r: (text, persons) => {
    const runner = `${text}
marks <- c(${persons.map((it) => it.mark).join()})
secrets <- c(${persons.map((it) => (it.secret ? 'TRUE' : 'FALSE')).join()})
for (i in seq_along(marks)) {
  flag <- person(list(patient = list(mark = marks[i], secret = secrets[i])))$flag
  cat(if (is.character(flag)) sprintf('{"flag":"%s"}', flag) else if (isTRUE(flag)) '{"flag":true}' else '{"flag":false}', "\\n")
}`
    return flagsOf(
      execFileSync(R, ['--vanilla', '--no-echo'], {
        env: R_ENVIRONMENT,
        input: runner,
        encoding: 'utf8',
      }),
    )
  },
  javascript: (text, persons) => {
    const runner = `${text}\n;lines.split('\\n').map((line) => JSON.stringify(person(JSON.parse(line)))).join('\\n')`
    return flagsOf(String(runInContext(runner, createContext({ lines: linesOf(persons) }))))
  },
}

/** Every attack in every language given; each costs two runs in the jail. */
export async function* personAttacks(
  caps: Caps,
  size: Size,
  languages: readonly ScriptLanguage[],
  only?: string,
): AsyncGenerator<Row> {
  for (const attack of attacks)
    for (const language of languages)
      if (only === undefined || `${attack.name}-${language}`.includes(only))
        yield await measure(caps, attack, language, size)
}
