import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Runtime } from '../../domain/capabilities.ts'
import { digestOf, sha256 } from '../../domain/digest.ts'
import type { ScriptLanguage } from '../../domain/script.ts'
import { runnable } from '../layout.ts'
import { PYTHON, runners } from './jobs.ts'

/** Libraries that a script may count on where they are installed, by language. */
export const libraries: Readonly<Record<ScriptLanguage, readonly string[]>> = {
  python: ['numpy', 'pandas', 'scipy', 'statsmodels'],
  r: ['survival'],
  javascript: [],
}

/** The command that adds what a language needs on Debian. */
export const adds: Readonly<Record<ScriptLanguage, string>> = {
  python: 'apt-get install python3-numpy python3-pandas',
  r: 'apt-get install r-base-core r-cran-survival',
  javascript: 'npm ci',
}

const ASK = `
import importlib.util, json, platform, sys
from importlib.metadata import version, PackageNotFoundError
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps({"version": platform.python_version(), "packages": found}))
`

/** Python as it is installed, or undefined. Asks the interpreter itself, with our own text and no data. */
export async function pythonRuntime(): Promise<Runtime | undefined> {
  if (!runnable(PYTHON)) return undefined
  const { stdout } = await promisify(execFile)(
    PYTHON,
    ['-s', '-B', '-c', ASK, ...libraries.python],
    { cwd: '/', env: { LC_ALL: 'C.UTF-8' }, timeout: 30_000 },
  )
  const { version, packages } = JSON.parse(stdout) as Pick<Runtime, 'version' | 'packages'>
  const named = { language: 'python' as const, version, packages }
  return { ...named, digest: digestOf({ ...named, runner: runnerDigest('python') }) }
}

/** The SDK and the runner around the script are part of what was approved: every file of their folder. */
function runnerDigest(language: 'python'): string {
  const folder = join(runners(), language)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((it) => it.endsWith('.py'))
    .toSorted()
  return digestOf(files.map((it) => [it, sha256(readFileSync(join(folder, it)))]))
}
