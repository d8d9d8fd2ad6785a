import { expect, test } from 'vitest'
import { runnable } from '../../../src/sandbox/layout.ts'
import { PYTHON } from '../../../src/sandbox/script/jobs.ts'
import { R } from '../../../src/sandbox/script/whole-jobs.ts'
import { available } from '../../support/require.ts'
import { launchers } from '../launchers.ts'
import { askPersons } from './ask.ts'

const here = available('r', runnable(R)) && available('python', runnable(PYTHON))
// The runner is Python's, which is tried under each launcher; LAUNCHERS=all does so here too.
const jails = here ? launchers().slice(0, process.env['LAUNCHERS'] === 'all' ? undefined : 1) : []

const run = (jail: (typeof jails)[number], text: string, persons = 3, quantumMs = 5000) =>
  askPersons(jail, text, persons, {
    language: 'r',
    reads: { obs: ['v', 's'], none: ['a'] },
    step: 0.000001,
    quantumMs,
    records: (i) => ({ obs: [{ v: 10 + i, s: 'é"\\' }], none: [] }),
  })
const person = (body: string): string => `person <- function(r) { ${body} }`

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
  'the clock below':
    'a <- .Internal(Sys.time()); for (i in 1:3e6) {}; stopifnot(.Internal(Sys.time()) > a)',
  'another library': 'suppressWarnings(library(lattice))',
}

/** How often something left by earlier persons is there, five ways: 1 each for every person when nothing is. */
const counters = `n <- 0
person <- function(r) {
  n <<- n + 1
  g <- globalenv(); g$g <- c(g$g, 1)
  options(n = c(getOption("n"), 1))
  if (!"x" %in% search()) attach(list(a = 0), name = "x")
  e <- as.environment("x"); e$a <- e$a + 1
  b <- baseenv(); unlockBinding("nchar", b); old <- nchar("a"); assign("nchar", function(...) old + 1, envir = b)
  list(n = n + sum(g$g) + length(getOption("n")) + e$a + old)
}`
const mixed = person(`
  if (r$obs$v == 11) stop("x")
  while (r$obs$v == 12) {}
  empty <- is.data.frame(r$none) && nrow(r$none) == 0 && length(r$none$a) == 0
  list(n = r$obs$v + nchar(r$obs$s) + empty)`)
const model = `library(survival)
person <- function(r) {
  d <- data.frame(t = c(1, 3, 4, 6, 8), e = c(1, 1, 0, 1, 1), x = c(0, 1, 0, 1, 1) * 11 + rnorm(5))
  f <- coxph(Surv(t, e) ~ x, d)
  l <- coef(lm(t ~ x, d))[["x"]]
  list(n = min(900, abs(coef(f)[["x"]])) + abs(l))
}`

for (const jail of jails) {
  test(`answers each person in order, defaults where it fails in R (${jail.launcher})`, async () => {
    expect(await run(jail, mixed, 4, 2000)).toEqual([14, 7, 7, 17])
    expect(await run(jail, 'person <- function(')).toEqual([7, 7, 7])
  }, 60_000)

  test(`refuses ${Object.keys(refused).length} things to a person in R (${jail.launcher})`, async () => {
    const bodies = ['1 + 1', ...Object.values(refused)]
    const [control, ...values] = await run(jail, attempts(bodies), bodies.length)
    expect(control).toBe(1)
    expect(Object.keys(refused).filter((_, i) => values[i] === 1)).toEqual([])
  }, 60_000)

  test(`carries nothing from one person to the next in R (${jail.launcher})`, async () => {
    expect(await run(jail, counters)).toEqual([5, 5, 5])
  }, 60_000)
}

const [jail] = jails
test.skipIf(jail === undefined)(
  'fits models in R, alike in eight evaluations of two runs',
  async () => {
    if (jail === undefined) return
    const values = [...(await run(jail, model, 4)), ...(await run(jail, model, 4))]
    expect(values[0]).not.toBe(7)
    expect(values).toEqual(Array(8).fill(values[0]))
  },
  60_000,
)
