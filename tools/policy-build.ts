import { execFile } from 'node:child_process'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { decisionNames } from '../src/domain/capabilities.ts'
import { sha256 } from '../src/domain/digest.ts'
import { entrypointOf, type PolicyBundle, type PolicyMetadata } from '../src/policy/bundle.ts'

/** Rebuilds policies/policy.wasm and policies/policy.json from the Rego sources: `npm run policy:build`. */
export const policies = resolve(import.meta.dirname, '../policies')
export const opaVersion = '1.22.2'

const run = promisify(execFile)

/** Tests and their cases are not part of the policy, nor is what the build itself writes. */
const ignored = ['*_test.rego', 'cases.json', 'policy.json']

/** Path below policies/ -> SHA-256 of every file that is compiled, in the order of their names. */
export async function sourceDigests(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(directory, { recursive: true })
  const sources = names
    .filter((it) => (it.endsWith('.rego') && !it.endsWith('_test.rego')) || it === 'data.json')
    .sort()
  const digests = await Promise.all(
    sources.map(async (it) => [it, sha256(await readFile(join(directory, it)))] as const),
  )
  return Object.fromEntries(digests)
}

/** The version that `opa` says it is, or undefined where there is none. */
export async function installedOpa(): Promise<string | undefined> {
  try {
    const { stdout } = await run('opa', ['version'])
    return /^Version: (\S+)/m.exec(stdout)?.[1]
  } catch {
    return undefined
  }
}

/** Compiles with `opa build`, from inside the folder so that no path of this machine gets in. */
export async function buildPolicy(directory: string): Promise<PolicyBundle> {
  const bundle = join(tmpdir(), `vitrine-policy-${process.pid}-${Date.now()}.tar.gz`)
  const ignore = ignored.flatMap((it) => ['--ignore', it])
  try {
    await run('opa', ['build', '--target', 'wasm', ...ignore, '--output', bundle, '.'], {
      cwd: directory,
    })
    const wasm = entryOf(gunzipSync(await readFile(bundle)), 'policy.wasm')
    const data = JSON.parse(await readFile(join(directory, 'data.json'), 'utf8'))
    const metadata: PolicyMetadata = {
      opa: (await installedOpa()) ?? 'unknown',
      wasm: sha256(wasm),
      entrypoints: decisionNames.map(entrypointOf),
      sources: await sourceDigests(directory),
      data,
    }
    return { wasm, metadata }
  } finally {
    await rm(bundle, { force: true })
  }
}

/** One file of a ustar archive: 512-byte headers, the name at 0, the size in octal at 124 (POSIX.1-1988). */
function entryOf(tar: Buffer, wanted: string): Uint8Array<ArrayBuffer> {
  for (let at = 0; at + 512 <= tar.length; ) {
    const text = (from: number, to: number) =>
      tar.toString('latin1', at + from, at + to).replace(/\0.*$/s, '')
    const size = Number.parseInt(text(124, 136), 8) || 0
    if (text(0, 100).replace(/^\//, '') === wanted)
      return new Uint8Array(tar.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  throw new Error(`opa build made no ${wanted}`)
}

async function main(): Promise<void> {
  const installed = await installedOpa()
  if (installed !== opaVersion)
    throw new Error(
      `opa ${opaVersion} is needed, found ${installed ?? 'none'}: ` +
        `go install github.com/open-policy-agent/opa@v${opaVersion}`,
    )
  const { wasm, metadata } = await buildPolicy(policies)
  await writeFile(join(policies, 'policy.wasm'), wasm)
  await writeFile(join(policies, 'policy.json'), `${JSON.stringify(metadata, null, 2)}\n`)
  console.log(`policies/policy.wasm ${wasm.length} bytes, sha256 ${metadata.wasm}`)
}

if (process.argv[1] === import.meta.filename) await main()
