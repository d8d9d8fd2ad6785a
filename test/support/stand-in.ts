import { conform } from '../../src/analysis/scripted/frame.ts'
import type { Scripts } from '../../src/domain/capabilities.ts'

/** TEMPORARY in-process stand-in. */
export const standIn = (): Scripts => ({
  runtimes: async () =>
    (['python', 'javascript', 'r'] as const).map((language) => ({
      language,
      version: '1',
      packages: {},
      digest: 'a'.repeat(64),
    })),
  persons: async ({ script, records, answer, signal }) => {
    const person = new Function(`${script.text}; return person`)()
    for await (const line of records) {
      if (signal?.aborted) throw new Error('aborted')
      let v: Record<string, never> = {}
      try {
        v = await person(JSON.parse(line))
      } catch {}
      answer(script.fields.map((f) => conform(f, v[f.name])))
    }
  },
  whole: async () => {
    throw new Error('no')
  },
})
