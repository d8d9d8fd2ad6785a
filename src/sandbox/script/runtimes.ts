import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Runtime } from '../../domain/capabilities.ts'
import { digestOf } from '../../domain/digest.ts'
import { type ScriptLanguage, scriptLanguages } from '../../domain/script.ts'
import { runnable } from '../layout.ts'
import { PYTHON, QUICKJS, quickjsFolder, runners } from './jobs.ts'
import { R, R_ENVIRONMENT } from './whole-jobs.ts'

/** Libraries that a script may count on where they are installed, by language. */
export const libraries: Readonly<Record<ScriptLanguage, readonly string[]>> = {
  python: ['numpy', 'pandas', 'scipy', 'statsmodels'],
  r: ['base', 'stats', 'survival'],
  javascript: [],
}

/** The command that adds what a language needs on Debian. */
export const adds: Readonly<Record<ScriptLanguage, string>> = {
  python: 'apt-get install python3-numpy python3-pandas',
  r: 'apt-get install r-base-core r-cran-survival',
  javascript: 'npm ci',
}

const PYTHON_ASKS = `
import json, platform, sys
from importlib.metadata import version, PackageNotFoundError
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps({"version": platform.python_version(), "packages": found}))
`
const R_ASKS = `
names <- intersect(commandArgs(TRUE), rownames(installed.packages()))
versions <- vapply(names, function(name) as.character(packageVersion(name)), "")
packages <- paste0('"', names, '":"', versions, '"', collapse = ",")
cat(paste0('{"version":"', R.version$major, ".", R.version$minor, '","packages":{', packages, "}}"))
`
type Said = Pick<Runtime, 'version' | 'packages'>

/** Asks the interpreter itself, with our own text and no data. */
async function ask(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<Said | undefined> {
  const [file, ...args] = argv
  if (!runnable(file)) return undefined
  const options = { cwd: '/', env: { LC_ALL: 'C.UTF-8', ...env }, timeout: 30_000 }
  const { stdout } = await promisify(execFile)(file, args, options)
  return JSON.parse(stdout) as Said
}

const asked: Readonly<Record<ScriptLanguage, () => Promise<Said | undefined>>> = {
  python: () => ask([PYTHON, '-s', '-B', '-c', PYTHON_ASKS, ...libraries.python]),
  r: () =>
    ask([R, '--no-echo', '--vanilla', '-e', R_ASKS, '--args', ...libraries.r], R_ENVIRONMENT),
  javascript: async () => {
    const said = await ask([realpathSync(process.execPath), '-p', NODE_ASKS])
    return said && { ...said, packages: quickjsVersions() }
  },
}
const NODE_ASKS = 'JSON.stringify({ version: process.versions.node, packages: {} })'

/** Persons are evaluated in QuickJS, so its versions belong to the language, and to its digest. */
const quickjsVersions = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    QUICKJS.map((name) => {
      const file = join(quickjsFolder(name), 'package.json')
      return [name, (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version]
    }),
  )

/** SHA-256 over our runner and SDK of a language, by name: what decides what a script meets beside its interpreter. */
function sdkDigest(language: ScriptLanguage): string {
  const hash = createHash('sha256')
  // the runner of person functions in R is the zygote for Python
  for (const part of language === 'r' ? ['python', 'r'] : [language]) {
    const folder = join(runners(), part)
    for (const name of readdirSync(folder).sort())
      if (/\.(py|R|mjs|js)$/.test(name))
        hash.update(`${name}\0`).update(readFileSync(join(folder, name)))
  }
  return hash.digest('hex')
}

/** The language as it is installed, or undefined; `adds` names the command that adds it. */
export async function runtimeFor(language: ScriptLanguage): Promise<Runtime | undefined> {
  const said = await asked[language]()
  if (said === undefined) return undefined
  const named = { language, version: said.version, packages: said.packages }
  return { ...named, digest: digestOf({ ...named, sdk: sdkDigest(language) }) }
}

/** Every language that this machine has. */
export async function findRuntimes(): Promise<readonly Runtime[]> {
  const found = await Promise.all(scriptLanguages.map(runtimeFor))
  return found.filter((runtime) => runtime !== undefined)
}
