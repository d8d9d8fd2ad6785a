import { defineConfig } from 'vitest/config'
import { closingLine } from './test/support/reporter.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/room.setup.ts'],
    pool: 'threads',
    isolate: false,
    maxWorkers: 4,
    reporters: ['default', closingLine],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
