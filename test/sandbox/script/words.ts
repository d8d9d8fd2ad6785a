import type { ScriptLanguage } from '../../../src/domain/script.ts'

/** What a test's script says, in each language. */
export type Words = Readonly<Record<ScriptLanguage, string>>
/** Writes raw bytes as the message and ends there; `on` lets the runner add its own, `{}`. */
export const raw = (message: string, on = false): Words => ({
  python: `import os\nos.write(3, ${JSON.stringify(message)}.encode())${on ? '' : '\nos._exit(0)'}`,
  r: `sink()\ncat(${JSON.stringify(message)})\n${on ? 'sink(stderr())' : 'quit(save = "no")'}`,
  javascript: `import { writeSync } from 'node:fs'\nwriteSync(3, ${JSON.stringify(message)})${on ? '' : '\nprocess.exit(0)'}`,
})
export const DRAWS: Words = {
  python: `import vitrine, random
try:
    import numpy
    more = numpy.random.random()
except ImportError:
    more = 0
vitrine.output_table("t", [], ["x", "y"], [{"labels": [], "values": [random.random(), more], "persons": 9}])
print(sorted({str(n) for n in range(9)}), {"a", "b", "c"})`,
  r: `vitrine$output_table("t", list(), "x", list(list(labels = list(), values = list(runif(1)), persons = 9)))
print(runif(3))`,
  javascript: `import * as vitrine from './vitrine.mjs'
vitrine.output_table('t', { labels: [], values: ['x'], rows: [{ labels: [], values: [Math.random()], persons: 9 }] })
console.log(Math.random())`,
}
export const NOT_A_NUMBER: Words = {
  python: `import vitrine\nvitrine.put("t", float("nan"))`,
  r: `vitrine$put("t", NaN)`,
  javascript: `import * as v from './vitrine.mjs'\nv.output_figure('t', { x: NaN, y: 1, points: [] })`,
}
export const UNDECLARED: Words = {
  python: `import vitrine\nvitrine.output_table("other", [], ["x"], [])`,
  r: `vitrine$output_table("other", list(), "x", list())`,
  javascript: `import * as v from './vitrine.mjs'\nv.output_table('other', { labels: [], values: ['x'], rows: [] })`,
}
export const ENDLESS: Words = {
  python: 'while True: pass',
  r: 'while (TRUE) NULL',
  javascript: 'for (;;);',
}
export const LOGS: Words = {
  python: 'for n in range(30000): print("a line of the log")',
  r: 'cat(strrep("a line of the log\\n", 30000))',
  javascript: 'for (let n = 0; n < 30000; n++) console.log("a line of the log")',
}
/** Each says what it could do; nothing is the right answer. */
export const reach = (language: ScriptLanguage, outside: string): string =>
  ({
    python: `import vitrine, os, socket
said = []
def attempt(name, act):
    try:
        act()
        said.append(name)
    except Exception:
        pass
attempt("write", lambda: open("${outside}", "w"))
attempt("data", lambda: open(vitrine.path("manifest.json"), "a"))
attempt("sdk", lambda: open(vitrine.__file__, "a"))
attempt("network", lambda: socket.socket())
attempt("fork", lambda: os.fork() or os._exit(0))
attempt("parent", lambda: open("/proc/%d/environ" % os.getppid()).read())
attempt("passwd", lambda: open("/etc/passwd").read())
attempt("secret", lambda: os.environ["VITRINE_TEST_SECRET"])
vitrine.output_table("t", [], ["could"], [{"labels": [], "values": [" ".join(said)], "persons": 9}])`,
    r: `said <- c()
attempt <- function(name, act) tryCatch(if (!identical(act, FALSE)) said <<- c(said, name), error = function(e) NULL, warning = function(w) NULL)
attempt("write", file("${outside}", "w"))
attempt("data", file(vitrine$path("manifest.json"), "a"))
attempt("network", socketConnection(port = 80, timeout = 1))
attempt("parent", readLines("/proc/1/environ", warn = FALSE))
attempt("passwd", readLines("/etc/passwd"))
attempt("secret", if (Sys.getenv("VITRINE_TEST_SECRET") == "") FALSE)
vitrine$output_table("t", list(), "could", list(list(labels = list(), values = list(paste(c("", said), collapse = "")), persons = 9)))`,
    javascript: `import * as vitrine from './vitrine.mjs'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync, appendFileSync } from 'node:fs'
import { createServer } from 'node:net'
const said = []
const attempt = (name, act) => { try { act(); said.push(name) } catch {} }
attempt('write', () => writeFileSync('${outside}', ''))
attempt('data', () => appendFileSync(process.env.VITRINE_DATA + '/manifest.json', ' '))
attempt('fork', () => execFileSync('/bin/true'))
attempt('parent', () => readFileSync('/proc/' + process.ppid + '/environ'))
attempt('passwd', () => readFileSync('/etc/passwd'))
attempt('secret', () => { if (process.env.VITRINE_TEST_SECRET === undefined) throw 0 })
const listening = await new Promise((done) => createServer().on('error', () => done(false)).listen(0, '127.0.0.1', () => done(true)))
if (listening) said.push('network')
vitrine.output_table('t', { labels: [], values: ['could'], rows: [{ labels: [], values: [said.join(' ')], persons: 9 }] })`,
  })[language]
