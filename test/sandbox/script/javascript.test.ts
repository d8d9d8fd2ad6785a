import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Scripts } from '../../../src/domain/capabilities.ts'
import type { Cell } from '../../../src/domain/glass.ts'
import type { PersonScript } from '../../../src/domain/script.ts'
import { javascriptPersons, quickjsFolder } from '../../../src/sandbox/script/jobs.ts'
import { runtimeFor } from '../../../src/sandbox/script/runtimes.ts'
import { createScripts } from '../../../src/sandbox/script/scripts.ts'
import { launchers } from '../launchers.ts'

const script = (text: string): PersonScript => ({
  mode: 'person',
  language: 'javascript',
  text,
  reads: { obs: ['v'] },
  fields: [
    {
      name: 'n',
      type: 'decimal',
      domain: { kind: 'range', min: 0, max: 100_000, step: 0.5 },
      otherwise: 7,
    },
  ],
})

async function run(scripts: Scripts, text: string, persons = 3): Promise<Cell[]> {
  const out: Cell[] = []
  async function* records() {
    for (let i = 0; i < persons; i++) yield JSON.stringify({ obs: [{ v: 10 + i }] })
  }
  await scripts.persons({
    script: script(text),
    records: records(),
    answer: ([value = null]) => out.push(value),
  })
  return out
}
const SAME = 'function person({ obs: [{ v }] }) { return { n: v } }'
/** Person 11 does this; the others answer as they are. */
const second = (body: string): string =>
  `function person({ obs: [{ v }] }) { if (v === 11) { ${body} } return { n: v } }`

const counters: Readonly<Record<string, string>> = {
  'a variable': 'let n = 0; const person = () => ({ n: ++n })',
  globalThis: 'const person = () => ({ n: (globalThis.n = (globalThis.n ?? 0) + 1) })',
  'a prototype':
    'const person = () => ({ n: (Array.prototype.n = (Array.prototype.n ?? 0) + 1, Array.prototype.n) })',
  'a function of the SDK': 'const person = () => ({ n: (clamp.n = (clamp.n ?? 0) + 1) })',
  'the printer and the parser': `const n = (JSON.n ?? 0) + 1
    JSON.n = n; JSON.stringify = () => '{"n":99}'; JSON.parse = () => 1 / 0
    const person = (records) => ({ n: records.obs.length * n })`,
  'a symbol': `const person = () => { const s = Symbol.for('s')
    return { n: (Object.prototype[s] = (Object.prototype[s] ?? 0) + 1) } }`,
  'a shared regular expression':
    "const r = /a/g; const person = () => (r.test('ab'), { n: r.lastIndex })",
  'a generator of numbers':
    'const seen = Math.random(); const person = () => ({ n: seen === Math.random() ? 99 : 1 })',
  'a reference held weakly': `const w = typeof WeakRef === 'function' ? new WeakRef(globalThis) : undefined
    const person = () => ({ n: (w ? w.deref().n : 0) || 1 })`,
}

/** Person i makes attempt i: 1 where it reached something, 0 where there is nothing. */
const attempts = (bodies: readonly string[]): string =>
  `const attempts = ${JSON.stringify(bodies)}
  function person({ obs: [{ v }] }) {
    try { return { n: (0, eval)(attempts[v - 10]) ? 1 : 0 } } catch { return { n: 0 } }
  }`
const HOST = ['process', 'require', 'module', 'Deno', 'std', 'os', 'bjson', 'scriptArgs', 'global']
const MORE = ['fetch', 'WebAssembly', 'Worker', 'Atomics', 'SharedArrayBuffer', 'performance']
const LAST = [
  'console',
  'print',
  'gc',
  'setTimeout',
  'queueMicrotask',
  'loadScript',
  'Buffer',
  'navigator',
]
const GLOBALS = [...HOST, ...MORE, ...LAST]
const reaching: Readonly<Record<string, string>> = {
  ...Object.fromEntries(GLOBALS.map((name) => [name, `typeof ${name} !== 'undefined'`])),
  'the global of Function': `'process' in Function('return this')()`,
  'the global of a constructor': `'process' in (() => {}).constructor.constructor('return this')()`,
  'the global of the SDK': `'process' in clamp.constructor('return this')()`,
  'the global of the records': `'process' in [].constructor.constructor('return this')()`,
  'a caller': '(function f() { return f.caller })()',
  'a caller of the script': 'function f() { return arguments.callee.caller }; f()',
  'the stack of the host': `/file:|\\/work|node:|wasm/.test(new Error('x').stack)`,
  'the prepared stack': `Error.prepareStackTrace = (e, s) => s; Array.isArray(new Error('x').stack) && new Error('x').stack[0].getThis`,
  'a module': `let got = 0; import('std').then(() => { got = 1 }); got`,
  'the time': 'Date.now() !== 0 || new Date().getTime() !== 0 || Date() !== new Date(0).toString()',
  'a place': `new Date(0).getTimezoneOffset() !== 0`,
}

// What holds QuickJS is the same under every launcher; what holds Node is in test/sandbox. LAUNCHERS=all tries each.
for (const jail of launchers().slice(0, process.env['LAUNCHERS'] === 'all' ? undefined : 1)) {
  const name = jail.launcher
  const scripts = createScripts({ jail, quantumMs: 1500 })

  test(`answers each person in order, defaults where it fails (${name})`, async () => {
    expect(await run(scripts, SAME)).toEqual([10, 11, 12])
    expect(await run(scripts, second('throw 1'))).toEqual([10, 7, 12])
    expect(await run(scripts, second('return Promise.resolve({ n: 1 })'))).toEqual([10, 7, 12])
    expect(await run(scripts, second('return { n: NaN }'))).toEqual([10, 7, 12])
    expect(await run(scripts, second('return { n: clamp(200000, 0, 50) }'))).toEqual([10, 50, 12])
    expect(await run(scripts, second('return { n: 1, n: 2 }'))).toEqual([10, 2, 12])
    const raw = `return { toJSON: () => 1, n: 1 }`
    expect(await run(scripts, second(raw))).toEqual([10, 7, 12])
    expect(await run(scripts, 'function person( {')).toEqual([7, 7, 7])
    expect(await run(scripts, 'const nobody = 1')).toEqual([7, 7, 7])
  }, 60_000)

  test(`ends what has no end, and the others answer (${name})`, async () => {
    const endless = {
      loop: 'for (;;);',
      expression: "/^(a+)+$/.test('a'.repeat(60) + 'b')",
      caught: 'try { for (;;); } catch { return { n: 1 } } finally { for (;;); }',
      depth: 'const f = () => f() + 1; f()',
      memory: "const a = []; for (;;) a.push('x'.repeat(100000) + a.length)",
      answer: "return { n: 1, more: 'x'.repeat(70000) }",
      'long answer': "return { n: 1, more: 'x'.repeat(50e6) }",
      'long answer of a full memory': `const a = []
        try { for (;;) a.push(new Uint8Array(4e6).fill(1)) } catch {}
        a.length = 25
        return { n: 1, more: 'x'.repeat(60e6) }`,
      number: 'let b = 3n ** 200000n; for (;;) b *= b',
      nesting: "JSON.parse('['.repeat(1e6))",
    }
    for (const [what, body] of Object.entries(endless))
      expect([what, ...(await run(scripts, second(body)))]).toEqual([what, 10, 7, 12])
  }, 120_000)

  test(`carries nothing from one person to the next (${name})`, async () => {
    for (const [what, text] of Object.entries(counters))
      expect([what, ...(await run(scripts, text))]).toEqual([what, 1, 1, 1])
  }, 60_000)

  test(`reaches nothing of the host in ${Object.keys(reaching).length} ways (${name})`, async () => {
    const bodies = ['1 + 1', ...Object.values(reaching)]
    const [control, ...values] = await run(scripts, attempts(bodies), bodies.length)
    expect(control).toBe(1)
    expect(Object.keys(reaching).filter((_, i) => values[i] !== 0)).toEqual([])
  }, 60_000)

  test(`says the same five times (${name})`, async () => {
    const text = `function person({ obs: [{ v }] }) {
      return { n: Math.floor(Math.random() * 5000) + v + Object.keys({ b: 1, a: 2 }).length + Date.now() }
    }`
    const said = new Set<string>()
    for (let i = 0; i < 5; i++) said.add(JSON.stringify(await run(scripts, text, 4)))
    expect(said.size).toBe(1)
  }, 120_000)

  test(`evaluates 300 persons, in order (${name})`, async () => {
    const values = await run(scripts, SAME, 300)
    expect(values).toEqual(Array.from({ length: 300 }, (_, i) => 10 + i))
  }, 120_000)
}

test('names QuickJS in the runtime', async () => {
  expect(existsSync(quickjsFolder('@jitl/quickjs-ffi-types'))).toBe(true)
  const runtime = await runtimeFor('javascript')
  expect(runtime?.packages).toMatchObject({ '@jitl/quickjs-wasmfile-release-sync': '0.32.0' })
  expect(runtime?.version).toBe(process.versions.node)
})

/** What a regular expression costs the processor (milliseconds) when it is the first that QuickJS runs, and afterwards. */
const COSTS = `
import { readFileSync } from 'node:fs'
const [core, quickjs] = process.argv.slice(1).map((folder) => folder + '/dist')
const { newQuickJSWASMModuleFromVariant, newVariant } = await import(core + '/index.mjs')
const { default: release } = await import(quickjs + '/index.mjs')
const wasmModule = new WebAssembly.Module(readFileSync(quickjs + '/emscripten-module.wasm'))
const cost = async () => {
  const machine = await newQuickJSWASMModuleFromVariant(newVariant(release, { wasmModule }))
  const context = machine.newRuntime().newContext()
  const from = process.cpuUsage()
  context.evalCode('/(a+)+b/.test("a".repeat(21))')
  return process.cpuUsage(from).user / 1000
}
console.log(JSON.stringify([await cost(), await cost(), await cost()]))
`
test('is as quick for the first person as for later ones, so that no person is told what was run before', async () => {
  const { argv } = javascriptPersons(64)
  const at = argv.findIndex((it) => it.endsWith('person.mjs'))
  const flags = [...argv.slice(1, at), '--input-type=module', '-e', COSTS, ...argv.slice(at + 1)]
  const { stdout } = await promisify(execFile)(argv[0] ?? '', flags)
  const [first = 0, ...later] = JSON.parse(stdout) as number[]
  expect(first / Math.min(...later)).toBeLessThan(1.6)
}, 60_000)
