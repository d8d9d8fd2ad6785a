/** Runs a script over the whole workspace: its text comes on fd 4, its outputs leave in one message on fd 3. */
import { readFileSync, writeSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { encoded } from './vitrine.mjs'

const SCRIPT = 'vitrine:script'
const sdk = new URL('./vitrine.mjs', import.meta.url).href
const text = readFileSync(4, 'utf8')

/** A script imports the SDK, as it lies beside it on a laptop, and what is built into Node. */
registerHooks({
  resolve(name, context, next) {
    if (name === SCRIPT) return { url: SCRIPT, format: 'module', shortCircuit: true }
    if (context.parentURL !== SCRIPT) return next(name, context)
    if (name === './vitrine.mjs') return { url: sdk, format: 'module', shortCircuit: true }
    if (name.startsWith('node:')) return next(name, context)
    throw new Error('a script imports ./vitrine.mjs and node: alone')
  },
  load: (url, context, next) =>
    url === SCRIPT ? { format: 'module', source: text, shortCircuit: true } : next(url, context),
})

await import(SCRIPT)
let message = Buffer.from(encoded())
while (message.length > 0) message = message.subarray(writeSync(3, message))
process.exit(0)
