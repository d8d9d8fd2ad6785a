import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** What tsc leaves behind: every file of src/ that is no TypeScript, to the same place below dist/. */
for (const file of readdirSync('src', { recursive: true, withFileTypes: true }))
  if (file.isFile() && !file.name.endsWith('.ts')) {
    const from = join(file.parentPath, file.name)
    cpSync(from, join('dist', from.slice('src/'.length)))
  }
