import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { z } from 'zod'
import { Problem } from '../../domain/problem.ts'
import { analysisBody } from '../../http/schema.ts'
import { readJson } from '../view-compile.ts'

/** What a file is written in, by the end of its name. */
const LANGUAGES: Readonly<Record<string, string>> = {
  '.py': 'python',
  '.R': 'r',
  '.r': 'r',
  '.js': 'javascript',
  '.mjs': 'javascript',
}

/** An analysis as POST /permits/{permit}/analyses takes it. */
export type Study = z.output<typeof analysisBody>

/**
 * Reads the body of a submission; the text of its script, and its language, may stand in a file of their own. Throws
 * `not-found`, `malformed-json` and `usage` with the first place that the gateway would not take.
 */
export async function readStudy(
  file: string,
  script: string | boolean | undefined,
): Promise<Study> {
  const body = await readJson(file)
  const whole = typeof script === 'string' ? await withScript(body, script) : body
  const read = analysisBody.safeParse(whole)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new Problem('usage', {
    place: `STUDY.json /${(issue?.path ?? []).map(String).join('/')}`,
    reason: issue?.message ?? 'Not a submission.',
    fix: 'Write it as POST /permits/{permit}/analyses takes it; --script FILE gives the text of its script.',
  })
}

async function withScript(body: unknown, file: string): Promise<unknown> {
  const language = LANGUAGES[extname(file)]
  if (language === undefined)
    throw new Problem('usage', {
      place: '--script',
      reason: 'The language of the file is not known by its name.',
      fix: 'Name it .py, .R, .js or .mjs.',
    })
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Problem('not-found', { place: '--script', reason: 'The file cannot be read.' })
  })
  const { script, ...rest } = body as Readonly<{ script?: object }>
  return { ...rest, script: { ...script, language, text } }
}
