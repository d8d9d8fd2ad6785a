import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type ScriptLanguage, scriptLanguages } from '../../../src/domain/script.ts'
import { PYTHON } from '../../../src/sandbox/script/jobs.ts'
import { runWhole } from '../../../src/sandbox/script/whole.ts'
import { R } from '../../../src/sandbox/script/whole-jobs.ts'
import { available } from '../../support/require.ts'
import { launchers } from '../launchers.ts'

/**
 * The jail's probes as a researcher would write them, in each language. A script says what it could do; `reads` and the like are
 * given to it as data. Each control, the data that it was given and its own folder, must succeed, or the rest proves nothing.
 */
const have: Readonly<Record<ScriptLanguage, boolean>> = {
  python: available('python', existsSync(PYTHON)),
  r: available('r', existsSync(R)),
  javascript: true,
}
const languages = scriptLanguages.filter((language) => have[language])

const data = mkdtempSync('/var/tmp/vitrine-probes-')
writeFileSync(join(data, 'manifest.json'), '{"tables":{}}')
const listening = createServer().listen(0, '127.0.0.1')
afterAll(() => {
  listening.close()
  rmSync(data, { recursive: true, force: true })
})

const repository = join(import.meta.dirname, '../../..')
const reads = [
  '/etc/passwd',
  '/etc/shadow',
  '/etc/hostname',
  '/etc/machine-id',
  '/root/.profile',
  '/proc/1/environ',
  `/proc/${process.pid}/environ`,
  `/proc/${process.pid}/cmdline`,
  '/proc/sys/kernel/hostname',
  '/proc/cpuinfo',
  '/proc/kallsyms',
  '/proc/kcore',
  '/sys/kernel/mm/transparent_hugepage/enabled',
  '/dev/mem',
  '/dev/kmsg',
  '/dev/tty',
  join(repository, 'README.md'),
  join(repository, '.git/HEAD'),
]
const writes = [
  '/etc/x',
  '/usr/x',
  '/x',
  '/root/x',
  '/var/tmp/x',
  '/dev/shm/x',
  '/proc/self/oom_score_adj',
  join(data, 'x'),
  join(repository, 'x'),
]
// Folders above what is bound exist in a mount namespace, with nothing else in them.
const lists = ['/root', '/home', '/proc', '/sys', '/boot', '/srv', '/run', '/opt']
// Not /bin/sh: R starts through it, and what it starts is in the same jail.
const runs = ['/bin/ls', '/usr/bin/perl', '/usr/bin/id']

type Given = Readonly<{ port: number; pid: number }>
const programs: Readonly<Record<ScriptLanguage, (given: Given) => string>> = {
  python: ({ port, pid }) => `import os, socket, subprocess, ctypes, vitrine
said = []
def attempt(name, act):
    try:
        if act() is not False: said.append(name)
    except BaseException: pass
for p in ${JSON.stringify(reads)}: attempt("read " + p, lambda: len(open(p, "rb").read(64)) > 0)
for p in ${JSON.stringify(writes)}: attempt("write " + p, lambda: open(p, "a").close())
for p in ${JSON.stringify(lists)}: attempt("list " + p, lambda: len(os.listdir(p)) > 0)
for p in ${JSON.stringify(runs)}: attempt("run " + p, lambda: subprocess.run([p, "-c", "true"]).returncode == 0)
attempt("connect", lambda: socket.create_connection(("127.0.0.1", ${port}), 1))
attempt("listen", lambda: socket.create_server(("127.0.0.1", 0)))
attempt("unix", lambda: socket.socket(socket.AF_UNIX))
attempt("resolve", lambda: socket.getaddrinfo("example.org", 80))
attempt("kill", lambda: os.kill(${pid}, 0))
attempt("owner", lambda: os.chmod(vitrine.path("manifest.json"), 0o777))
attempt("environment", lambda: any(k in os.environ for k in ("USER", "LOGNAME", "SUDO_USER", "DATABASE_URL", "VITRINE_KEK_FILE", "VITRINE_DIR")))
said.append("control") if os.path.getsize(vitrine.path("manifest.json")) > 0 else None
vitrine.output_table("t", [], ["could"], [{"labels": [], "values": ["; ".join(said)[:95]], "persons": 9}])`,
  r: ({ port, pid }) => `source("vitrine.R")
said <- c()
attempt <- function(name, act) tryCatch(if (!identical(suppressWarnings(act), FALSE)) said <<- c(said, name), error = function(e) NULL, warning = function(w) NULL)
for (p in c(${reads.map((p) => JSON.stringify(p)).join(', ')})) attempt(paste("read", p), length(readBin(p, "raw", 64)) > 0)
for (p in c(${writes.map((p) => JSON.stringify(p)).join(', ')})) attempt(paste("write", p), { f <- file(p, "a"); close(f); TRUE })
for (p in c(${lists.map((p) => JSON.stringify(p)).join(', ')})) attempt(paste("list", p), length(list.files(p)) > 0)
for (p in c(${runs.map((p) => JSON.stringify(p)).join(', ')})) attempt(paste("run", p), system2(p, c("-c", "true")) == 0)
attempt("connect", { s <- socketConnection("127.0.0.1", ${port}, timeout = 1); close(s); TRUE })
attempt("listen", { s <- serverSocket(39217); close(s); TRUE })
attempt("resolve", !is.null(utils::nsl("example.org")))
attempt("url", length(readLines("http://example.org")) > 0)
attempt("kill", tools::pskill(${pid}, 0))
attempt("owner", Sys.chmod(vitrine$path("manifest.json"), "777") && file.access(vitrine$path("manifest.json"), 2) == 0)
attempt("environment", any(nzchar(Sys.getenv(c("USER", "LOGNAME", "SUDO_USER", "DATABASE_URL", "VITRINE_KEK_FILE", "VITRINE_DIR")))))
if (file.size(vitrine$path("manifest.json")) > 0) said <- c(said, "control")
vitrine$output_table("t", list(), "could", list(list(labels = list(), values = list(substr(paste(said, collapse = "; "), 1, 95)), persons = 9)))`,
  javascript: ({ port, pid }) => `import * as vitrine from './vitrine.mjs'
import { spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, readdirSync, readSync, openSync, statSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { lookup } from 'node:dns'
const said = []
const attempt = (name, act) => { try { if (act() !== false) said.push(name) } catch {} }
for (const p of ${JSON.stringify(reads)}) attempt('read ' + p, () => readSync(openSync(p), Buffer.alloc(64)) > 0)
for (const p of ${JSON.stringify(writes)}) attempt('write ' + p, () => appendFileSync(p, ''))
for (const p of ${JSON.stringify(lists)}) attempt('list ' + p, () => readdirSync(p).length > 0)
for (const p of ${JSON.stringify(runs)}) attempt('run ' + p, () => spawnSync(p, ['-c', 'true']).status === 0)
const later = (name, start) => new Promise((done) => { try { start(() => { said.push(name); done() }, () => done()) } catch { done() } })
await later('connect', (yes, no) => connect(${port}, '127.0.0.1').on('connect', yes).on('error', no))
await later('listen', (yes, no) => createServer().on('error', no).listen(0, '127.0.0.1', yes))
await later('resolve', (yes, no) => lookup('example.org', (error) => (error ? no() : yes())))
attempt('kill', () => process.kill(${pid}, 0))
attempt('owner', () => chmodSync(process.env.VITRINE_DATA + '/manifest.json', 0o777))
attempt('environment', () => ['USER', 'LOGNAME', 'SUDO_USER', 'DATABASE_URL', 'VITRINE_KEK_FILE', 'VITRINE_DIR'].some((k) => k in process.env))
if (statSync(process.env.VITRINE_DATA + '/manifest.json').size > 0) said.push('control')
vitrine.output_table('t', { labels: [], values: ['could'], rows: [{ labels: [], values: [said.join('; ').slice(0, 95)], persons: 9 }] })`,
}

const attempts = reads.length + writes.length + lists.length + runs.length

describe.each(launchers())('under $launcher', (jail) => {
  test.each(languages)(`%s: each of more than ${attempts} attempts fails`, async (language) => {
    const { port } = listening.address() as { port: number }
    const script = {
      mode: 'whole',
      language,
      text: programs[language]({ port, pid: process.pid }),
      reads: {},
      outputs: [{ name: 't', kind: 'table', meaning: 'what it could do' }],
    } as const
    const { outputs = {} } = await runWhole(jail, { script, workspace: data, seed: 's' })
    expect(outputs['t']).toMatchObject({ rows: [{ values: ['control'] }] })
    expect(readdirSync(data)).toEqual(['manifest.json'])
    expect(JSON.stringify(outputs)).not.toContain(userInfo().homedir)
  })
})

test('there are at least thirty', () => expect(attempts).toBeGreaterThanOrEqual(30))
