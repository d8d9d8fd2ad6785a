/**
 * Evaluates a function of one person's records, each person in an instance of QuickJS of its own (person mode).
 *
 * This thread speaks with the gateway; the frames are those of sandbox/python/zygote.py. The worker (guest.mjs) evaluates. It
 * is ended when it is late, because not every loop inside QuickJS asks whether it may go on. Nothing of one person reaches the
 * next: neither thread keeps what it was given, and a script never runs outside its own memory.
 */
import { once } from 'node:events'
import { readFileSync, readSync, writeSync } from 'node:fs'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'

const [REQUESTS, ANSWERS] = [4, 3]
const [LENGTH, TOKEN] = [10, 32]
/** A guest ends itself at its quantum; one that cannot is ended so much later. */
const GRACE_MS = 50

/** So many bytes of the requests; undefined at their end. */
function exactly(count) {
  const bytes = Buffer.alloc(count)
  for (let at = 0; at < count; ) {
    const read = readSync(REQUESTS, bytes, at, count - at, null)
    if (read === 0) return undefined
    at += read
  }
  return bytes
}

/** The job: one line of JSON, read byte by byte so that no record is read ahead. */
function firstLine() {
  const line = []
  for (let byte = exactly(1); byte !== undefined && byte[0] !== 10; byte = exactly(1))
    line.push(byte[0])
  return JSON.parse(Buffer.from(line).toString('utf8'))
}

function say(text) {
  let message = Buffer.from(text)
  while (message.length > 0) message = message.subarray(writeSync(ANSWERS, message))
}

const packages = process.argv.slice(2)
/**
 * Compiled once, whole and by one compiler (src/sandbox/script/jobs.ts): code that gets faster by being run, or slower with
 * a new worker, would tell in how long a person takes what earlier ones ran.
 */
const quickjs = new WebAssembly.Module(readFileSync(`${packages[1]}/dist/emscripten-module.wasm`))

/** A worker with a channel and a bell of its own, so that a late answer of its predecessor has nowhere to go. */
function start(job) {
  const { port1, port2 } = new MessageChannel()
  const bell = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL('./guest.mjs', import.meta.url), {
    workerData: { job, packages, quickjs, port: port2, bell },
    transferList: [port2],
    env: {},
  })
  return { worker, port: port1, bell }
}

/** What the worker says in time; nothing where it is late. */
function ask({ port, bell }, records, ms) {
  Atomics.store(bell, 0, 0)
  port.postMessage(records)
  return Atomics.wait(bell, 0, 0, ms) === 'timed-out' ? undefined : receiveMessageOnPort(port).message
}

/** A worker that waits for a person: starting is nobody's time. Throws when it cannot: then there is no answer for anybody. */
async function ready(job) {
  const guest = start(job)
  await once(guest.worker, 'message')
  return guest
}

const job = firstLine()
let guest = await ready(job)
const again = async () => {
  await guest.worker.terminate()
  guest = await ready(job)
}

/** One person's answer; undefined when there is none in time, or none that may be one. */
async function answerOf(records) {
  const said = ask(guest, records, job.quantumMs + GRACE_MS)
  if (said === undefined || said.worn) await again()
  if (said?.met === false) return answerOf(records) // no realm was there: the person was never evaluated
  const answer = said?.answer
  return answer?.includes('\n') === false ? answer : undefined
}

for (let head = exactly(LENGTH + TOKEN); head !== undefined; head = exactly(LENGTH + TOKEN)) {
  const answer = await answerOf(exactly(Number(head.subarray(0, LENGTH))).toString('utf8'))
  if (answer !== undefined) say(`A ${head.subarray(LENGTH)} ${answer}\n`)
  say(`\nE ${exactly(TOKEN)}\n`)
}
process.exit(0)
