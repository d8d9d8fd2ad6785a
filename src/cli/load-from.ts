import { z } from 'zod'
import { Problem } from '../domain/problem.ts'
import type { Asked } from '../flow/load.ts'
import type { Context, Option } from './command.ts'
import { readJson } from './view-compile.ts'

/** The options of `load` that speak of a server. */
export const serverOptions: Readonly<Record<string, Option>> = {
  from: { type: 'string', placeholder: 'URL', help: 'FHIR server that is asked for $export' },
  types: { type: 'string', placeholder: 'TYPE,..', help: 'resource types to export' },
  group: { type: 'string', placeholder: 'ID', help: 'export of one Group' },
  'client-id': { type: 'string', placeholder: 'ID', help: 'SMART backend client' },
  'token-url': { type: 'string', placeholder: 'URL', help: 'where it gets its access tokens' },
  key: { type: 'string', placeholder: 'FILE', help: 'its private JWK (RS384 or ES384)' },
  scope: { type: 'string', placeholder: 'SCOPE', help: 'of the tokens', default: 'system/*.rs' },
}

const privateKey = z.looseObject({
  kty: z.enum(['RSA', 'EC']),
  d: z.string().min(1),
  kid: z.string().optional(),
  alg: z.enum(['RS384', 'ES384']).optional(),
})

/** What `--from` asks for, or undefined without it. Throws `usage`, and `not-found` where the key file is absent. */
export async function serverOrder({ flags }: Context): Promise<Asked | undefined> {
  const text = (name: string): string | undefined => {
    const value = flags[name]
    return typeof value === 'string' ? value : undefined
  }
  const { from: base } = flags
  if (typeof base !== 'string') {
    const stray = Object.keys(serverOptions).find((name) => flags[name] !== undefined)
    if (stray !== undefined) throw refused(`--${stray}`, 'It needs --from URL.')
    return undefined
  }
  if (!URL.canParse(base)) throw refused('URL', '--from needs a URL.')
  const [types, group] = [text('types'), text('group')]
  const client = await clientOf(text)
  return {
    base,
    ...(types === undefined ? {} : { types: types.split(',') }),
    ...(group === undefined ? {} : { group }),
    ...(client === undefined ? {} : { client }),
  }
}

/** All three or none: a server without access control takes no client. */
async function clientOf(text: (name: string) => string | undefined): Promise<Asked['client']> {
  const [clientId, tokenUrl, file] = [text('client-id'), text('token-url'), text('key')]
  if (clientId === undefined && tokenUrl === undefined && file === undefined) return undefined
  if (clientId === undefined || tokenUrl === undefined || file === undefined)
    throw refused('--client-id', 'A client needs --client-id, --token-url and --key.')
  const key = privateKey.safeParse(await readJson(file))
  if (!key.success) throw refused('--key', 'The file holds no private JWK for RS384 or ES384.')
  const scope = text('scope') ?? serverOptions['scope']?.default ?? ''
  return { clientId, tokenUrl, key: key.data as NonNullable<Asked['client']>['key'], scope }
}

const refused = (place: string, reason: string): Problem => new Problem('usage', { place, reason })
