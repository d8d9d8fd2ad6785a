/** The thread in which persons are evaluated: QuickJS in a WebAssembly memory that is made for one person and dropped. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { workerData } from 'node:worker_threads'
import release from '@jitl/quickjs-wasmfile-release-sync'
import { newQuickJSWASMModuleFromVariant, newVariant } from 'quickjs-emscripten-core'

const MIB = 1024 * 1024
const PAGE = 65_536
const { job, port, bell } = workerData
const now = performance.now.bind(performance)
// What QuickJS asks its host: the time. It is 1970 for every person, and what follows from it (its own seed) is the same.
Date.now = () => 0

const wasm = import.meta.resolve('@jitl/quickjs-wasmfile-release-sync/wasm')
const compiled = await WebAssembly.compile(readFileSync(fileURLToPath(wasm)))

/**
 * Evaluated before the script, in its realm: the SDK, a seeded generator (mulberry32), and what turns records into an answer.
 * The last value holds the parser and the printer as they were, where the script cannot reach them.
 */
const PRELUDE = `(() => {
  'use strict'
  const { parse, stringify } = JSON
  const { imul } = Math
  let state = ${Number(job.seed) | 0}
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = imul(state ^ (state >>> 15), 1 | state)
    t = (t + imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const { min, max } = Math
  globalThis.clamp = (value, low, high) => (value === null ? null : min(max(value, low), high))
  for (const name of ['SharedArrayBuffer', 'Atomics', 'performance', 'console', 'print', 'gc'])
    delete globalThis[name]
  return (person, records) => stringify(person(parse(records)))
})()`

const variant = () =>
  newVariant(release, {
    wasmModule: compiled,
    wasmMemory: new WebAssembly.Memory({ initial: (16 * MIB) / PAGE, maximum: (job.memoryMiB * MIB) / PAGE }),
    emscriptenModule: { print() {}, printErr() {} },
  })

/** The value, or the end of the evaluation; what was thrown is not looked at. */
function got(result) {
  if (result.error !== undefined) throw new Error('the script failed')
  return result.value
}

/** A realm in a new memory, before any script. */
async function fresh() {
  const quickjs = await newQuickJSWASMModuleFromVariant(variant())
  const runtime = quickjs.newRuntime({ memoryLimitBytes: job.memoryMiB * MIB })
  const context = runtime.newContext()
  const finish = got(context.evalCode(PRELUDE, 'vitrine.js'))
  return { runtime, context, finish }
}

/** What the function says of the records, as JSON; undefined when it says nothing. Handles are not freed: the memory is. */
function evaluate({ runtime, context, finish }, records) {
  const deadline = now() + job.quantumMs
  runtime.setInterruptHandler(() => now() > deadline)
  const run = (text) => got(context.evalCode(text, 'script.js', { type: 'global' }))
  try {
    run(job.text)
    const of = [run('person'), context.newString(records)]
    const said = got(context.callFunction(finish, context.undefined, of))
    return context.typeof(said) === 'string' ? context.getString(said) : undefined
  } catch {
    return undefined // nor does it say why
  }
}

/** A guest for the next person is made while nobody waits. */
let next = fresh()
port.on('message', async (records) => {
  const guest = await next.catch(() => undefined)
  const asked = guest !== undefined && records !== undefined
  port.postMessage({ broken: guest === undefined, answer: asked ? evaluate(guest, records) : undefined })
  Atomics.store(bell, 0, 1)
  Atomics.notify(bell, 0)
  if (asked) next = fresh()
  next.catch(() => undefined)
})
