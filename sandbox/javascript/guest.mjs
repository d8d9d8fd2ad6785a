/** The thread in which persons are evaluated: QuickJS, an instance per person, in a WebAssembly memory of zeros. */
import { parentPort, workerData } from 'node:worker_threads'

const MIB = 1024 * 1024
/** What is longer stays in its own memory: a copy in each thread would be more than the runner may hold, and end it. */
const ANSWER = 65_536
const PAGE = 65_536
const { job, packages, quickjs: compiled, port, bell } = workerData
const [core, quickjs] = packages.map((folder) => `${folder}/dist`)
const { newQuickJSWASMModuleFromVariant, newVariant } = await import(`${core}/index.mjs`)
const { default: release } = await import(`${quickjs}/index.mjs`)
const now = performance.now.bind(performance)
// What QuickJS asks its host: the time. It is 1970 for every person, and what follows from it (its own seed) is the same.
Date.now = () => 0

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
  return (person, records) => {
    const said = stringify(person(parse(records)))
    return typeof said === 'string' && said.length <= ${ANSWER} ? said : undefined
  }
})()`

const START = 16 * MIB
const memory = new WebAssembly.Memory({
  initial: START / PAGE,
  maximum: Math.max(START, job.memoryMiB * MIB) / PAGE,
})
const variant = newVariant(release, {
  wasmModule: compiled,
  wasmMemory: memory,
  emscriptenModule: { print() {}, printErr() {} },
})

/** The value, or the end of the evaluation; what was thrown is not looked at. */
function got(result) {
  if (result.error !== undefined) throw new Error('the script failed')
  return result.value
}

/**
 * A realm before any script, in a memory as a new one is: every byte zero. One memory serves, because the reservation of a
 * dropped one stays until it is collected; a memory that grew, and cannot shrink, is the worker's last.
 */
async function fresh() {
  new Uint8Array(memory.buffer).fill(0)
  const machine = await newQuickJSWASMModuleFromVariant(variant)
  const runtime = machine.newRuntime({ memoryLimitBytes: job.memoryMiB * MIB })
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

/** V8 keeps address space of every instance: 18 KiB each, which at 15,000 persons was all that a runner may have. */
const MOST_PERSONS = 2000
let persons = 0

/** A guest for the next person is made while nobody waits; the first one before anything is asked. */
let next = fresh()
await next
port.on('message', async (records) => {
  const guest = await next.catch(() => undefined)
  const answer = guest === undefined ? undefined : evaluate(guest, records)
  persons += 1
  const worn =
    guest === undefined || persons === MOST_PERSONS || memory.buffer.byteLength > START
  port.postMessage({ met: guest !== undefined, answer, worn })
  Atomics.store(bell, 0, 1)
  Atomics.notify(bell, 0)
  if (worn) return
  next = fresh()
  next.catch(() => undefined) // told when somebody needs it
})
parentPort.postMessage('ready')
