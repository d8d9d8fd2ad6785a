#!/usr/bin/env node
// Plain JavaScript on purpose: an old Node stops at the first TypeScript file and could not say why.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `vitrine needs Node 22.18 or newer, this is ${process.versions.node}. ` +
      'Run it as `npm run -s vitrine -- ...`, which uses the Node pinned in node_modules on Linux.',
  )
  process.exit(70)
}
const built = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const source = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const { main } = await import(existsSync(source) ? source : built)
process.exitCode = await main(process.argv.slice(2))
