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
/** Persons 11, 13, 15 ... do one of these each; those between them answer as they are. */
const every = (bodies: readonly string[]): string =>
  `function person({ obs: [{ v }] }) {
  switch (v) { ${bodies.map((body, i) => `case ${11 + 2 * i}: { ${body} } break`).join('\n')} }
  return { n: v }
}`
/** What `every` answers where each of the bodies gives one of these. */
const between = (values: readonly Cell[]): Cell[] => [
  10,
  ...values.flatMap((value, i) => [value, 12 + 2 * i]),
]

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
    const bodies: Readonly<Record<string, Cell>> = {
      'throw 1': 7,
      'return Promise.resolve({ n: 1 })': 7,
      'return { n: NaN }': 7,
      'return { n: clamp(200000, 0, 50) }': 50,
      'return { n: 1, n: 2 }': 2,
      'return { toJSON: () => 1, n: 1 }': 7,
    }
    const expected = between(Object.values(bodies))
    expect(await run(scripts, every(Object.keys(bodies)), expected.length)).toEqual(expected)
    expect(await run(scripts, 'function person( {')).toEqual([7, 7, 7])
    expect(await run(scripts, 'const nobody = 1')).toEqual([7, 7, 7])
  }, 60_000)

  test(`ends what has no end, and the others answer (${name})`, async () => {
    const endless = [
      'for (;;);',
      "/^(a+)+$/.test('a'.repeat(60) + 'b')",
      'try { for (;;); } catch { return { n: 1 } } finally { for (;;); }',
      'const f = () => f() + 1; f()',
      "const a = []; for (;;) a.push('x'.repeat(100000) + a.length)",
      "return { n: 1, more: 'x'.repeat(70000) }",
      "return { n: 1, more: 'x'.repeat(50e6) }",
      `const a = []
      try { for (;;) a.push(new Uint8Array(4e6).fill(1)) } catch {}
      a.length = 25
      return { n: 1, more: 'x'.repeat(60e6) }`,
      'let b = 3n ** 200000n; for (;;) b *= b',
      "JSON.parse('['.repeat(1e6))",
    ]
    const expected = between(endless.map(() => 7))
    expect(await run(scripts, every(endless), expected.length)).toEqual(expected)
  }, 120_000)

  test(`carries nothing from one person to the next (${name})`, async () => {
    // Three persons after each other try each way.
    const ways = Object.values(counters).map((text) => `${text}\nreturn person`)
    const text = `const ways = ${JSON.stringify(ways)}
      function person(records) { return new Function(ways[Math.floor((records.obs[0].v - 10) / 3)])()(records) }`
    const said = await run(scripts, text, 3 * ways.length)
    expect(
      Object.keys(counters).filter((_, i) => said.slice(3 * i, 3 * i + 3).join() !== '1,1,1'),
    ).toEqual([])
    expect(said).toHaveLength(3 * ways.length)
    // At the top of a script, where a name could outlive its realm.
    expect(await run(scripts, counters['a variable'] ?? '')).toEqual([1, 1, 1])
    expect(await run(scripts, counters['the printer and the parser'] ?? '')).toEqual([1, 1, 1])
  }, 60_000)

  test(`reaches nothing of the host in ${Object.keys(reaching).length} ways (${name})`, async () => {
    const bodies = ['1 + 1', ...Object.values(reaching)]
    const [control, ...values] = await run(scripts, attempts(bodies), bodies.length)
    expect(control).toBe(1)
    expect(Object.keys(reaching).filter((_, i) => values[i] !== 0)).toEqual([])
  }, 60_000)

  test(`says the same three times (${name})`, async () => {
    const text = `function person({ obs: [{ v }] }) {
      return { n: Math.floor(Math.random() * 5000) + v + Object.keys({ b: 1, a: 2 }).length + Date.now() }
    }`
    const said = new Set<string>()
    for (let i = 0; i < 3; i++) said.add(JSON.stringify(await run(scripts, text, 4)))
    expect(said.size).toBe(1)
  }, 120_000)

  test(`evaluates more persons than one worker does, in order (${name})`, async () => {
    const values = await run(scripts, SAME, 2050)
    expect(values).toEqual(Array.from({ length: 2050 }, (_, i) => 10 + i))
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
