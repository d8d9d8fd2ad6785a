import { expect, test } from 'vitest'
import type { Cell } from '../../../src/domain/glass.ts'
import type { PersonScript } from '../../../src/domain/script.ts'
import { runnable } from '../../../src/sandbox/layout.ts'
import { PYTHON } from '../../../src/sandbox/script/jobs.ts'
import { createScripts } from '../../../src/sandbox/script/scripts.ts'
import { R } from '../../../src/sandbox/script/whole-jobs.ts'
import { available } from '../../support/require.ts'
import { launchers } from '../launchers.ts'

const here = available('r', runnable(R)) && available('python', runnable(PYTHON))
const jails = here ? launchers() : []

const script = (text: string): PersonScript => ({
  mode: 'person',
  language: 'r',
  text,
  reads: { obs: ['v', 's'], none: ['a'] },
  fields: [
    {
      name: 'n',
      type: 'decimal',
      domain: { kind: 'range', min: 0, max: 1000, step: 0.000001 },
      otherwise: 7,
    },
  ],
})

async function run(jail: (typeof jails)[number], text: string, persons = 3, quantumMs = 5000) {
  const out: Cell[] = []
  async function* records() {
    for (let i = 0; i < persons; i++)
      yield JSON.stringify({ obs: [{ v: 10 + i, s: 'é"\\' }], none: [] })
  }
  await createScripts({ jail, quantumMs }).persons({
    script: script(text),
    records: records(),
    answer: ([value = null]) => out.push(value),
  })
  return out
}
const person = (body: string): string => `person <- function(r) { ${body} }`
const OK = person('list(n = r$obs$v[1])')

/** Person i makes attempt i: 1 where it worked, 0 where it was refused, the default 7 where it was killed. */
const attempts = (bodies: readonly string[]): string =>
  `attempts <- list(${bodies.map((body) => `quote({ ${body} })`).join(', ')})
person <- function(r) list(n = tryCatch({
  eval(attempts[[r$obs$v - 9]], globalenv())
  1
}, error = function(e) 0))`
const refused: Readonly<Record<string, string>> = {
  'a file outside': 'suppressWarnings(readLines("/etc/passwd"))',
  'a library file': 'suppressWarnings(readLines("/usr/lib/R/library/stats/DESCRIPTION"))',
  'a new file': 'suppressWarnings(file("/tmp/x", "w"))',
  'the names in a folder': 'stopifnot(length(list.files("/")) > 0)',
  'whether a file is there': 'stopifnot(file.exists("/etc/passwd"))',
  'a program': 'stopifnot(suppressWarnings(system("true")) == 0)',
  'the answer of a program': 'suppressWarnings(system("echo x", intern = TRUE))',
  'a socket': 'suppressWarnings(socketConnection(port = 80, timeout = 1))',
  'a fork': 'parallel::mcparallel(1)',
  'the clock': 'stopifnot(!is.na(Sys.time()))',
  'the time it took': 'stopifnot(proc.time()[["elapsed"]] > 0)',
  'the day': 'stopifnot(!is.na(Sys.Date()))',
  'another library': 'suppressWarnings(library(lattice))',
}

for (const jail of jails) {
  test(`answers each person in order, defaults where it fails (${jail.launcher})`, async () => {
    expect(await run(jail, OK)).toEqual([10, 11, 12])
    expect(await run(jail, person('if (r$obs$v == 11) stop("x"); list(n = r$obs$v)'))).toEqual([
      10, 7, 12,
    ])
    expect(await run(jail, 'person <- function(')).toEqual([7, 7, 7])
    expect(
      await run(jail, person('while (r$obs$v == 11) {}; list(n = r$obs$v)'), 3, 1500),
    ).toEqual([10, 7, 12])
    const records = 'is.data.frame(r$none) && nrow(r$none) == 0 && length(r$none$a) == 0'
    expect(
      await run(jail, person(`list(n = nchar(r$obs$s) + (${records}))`), 1),
      'texts and empty tables',
    ).toEqual([4])
  }, 60_000)

  test(`refuses ${Object.keys(refused).length} things to a person (${jail.launcher})`, async () => {
    const bodies = ['1 + 1', ...Object.values(refused)]
    const [control, ...values] = await run(jail, attempts(bodies), bodies.length)
    expect(control).toBe(1)
    expect(Object.keys(refused).filter((_, i) => values[i] === 1)).toEqual([])
  }, 60_000)

  test(`carries nothing from one person to the next (${jail.launcher})`, async () => {
    const counters = [
      'n <- 0; person <- function(r) { n <<- n + 1; list(n = n) }',
      person('g <- globalenv(); g$n <- c(g$n, 1); list(n = sum(g$n))'),
      person('options(n = c(getOption("n"), 1)); list(n = length(getOption("n")))'),
      person(
        'if (!"x" %in% search()) attach(list(n = 0), name = "x"); e <- as.environment("x"); e$n <- e$n + 1; list(n = e$n)',
      ),
      person(
        'e <- baseenv(); unlockBinding("nchar", e); n <- nchar("a"); assign("nchar", function(...) n + 1, envir = e); list(n = n)',
      ),
    ]
    for (const text of counters) expect(await run(jail, text), text).toEqual([1, 1, 1])
  }, 60_000)

  test(`fits models and answers alike in twenty runs (${jail.launcher})`, async () => {
    const text = `library(survival)
person <- function(r) {
  d <- data.frame(t = c(1, 3, 4, 6, 8), e = c(1, 1, 0, 1, 1), x = c(0, 1, 0, 1, 1) * r$obs$v + rnorm(5))
  f <- coxph(Surv(t, e) ~ x, d)
  g <- glm(e ~ x, data = d, family = binomial())
  list(n = abs(coef(f)[["x"]]) + abs(coef(lm(t ~ x, d))[["x"]]) + min(9, abs(coef(g)[["x"]])))
}`
    const [first] = await run(jail, text, 1)
    expect(first).not.toBe(7)
    for (let i = 0; i < 4; i++) expect(await run(jail, text, 1)).toEqual([first])
    expect(await run(jail, text.replace(/r\$obs\$v/, '11'), 20)).toEqual(
      Array(20).fill((await run(jail, text.replace(/r\$obs\$v/, '11'), 1))[0]),
    )
  }, 60_000)
}

const [jail] = jails
test.skipIf(jail === undefined)('says how many persons it evaluates in a second', async () => {
  if (jail === undefined) return
  await run(jail, OK, 1)
  const start = performance.now()
  const values = await run(jail, OK, 200)
  const seconds = (performance.now() - start) / 1000
  console.log(`R: 200 persons in ${seconds.toFixed(2)} s with the start of R`)
  expect(values).toHaveLength(200)
}, 60_000)
