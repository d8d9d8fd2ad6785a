import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { Authenticate } from '../domain/capabilities.ts'
import { Problem } from '../domain/problem.ts'
import type { House } from '../flow/house.ts'
import { app } from '../http/app.ts'
import type { Command } from './command.ts'
import { compose } from './compose.ts'

export type Serving = Readonly<{ url: string; close(): Promise<void> }>

/** Listens and answers the address; `close` stops taking requests and waits for those under way. */
export async function listen(
  parts: Readonly<{ house: House; authenticate: Authenticate; logger: Logger }>,
  at: Readonly<{ host: string; port: number }>,
): Promise<Serving> {
  const server: Server = createServer(app({ ...parts, version: parts.house.version }))
  server.requestTimeout = 30_000
  server.headersTimeout = 10_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Problem('insecure-configuration', {
          place:
            error.code === 'EADDRINUSE' || error.code === 'EACCES'
              ? 'VITRINE_PORT'
              : 'VITRINE_HOST',
          reason: `The gateway cannot listen there (${error.code ?? 'unknown'}).`,
        }),
      ),
    )
    server.listen(at.port, at.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${at.host.includes(':') ? `[${at.host}]` : at.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}

export const serve: Command = {
  name: 'serve',
  summary: 'Serve the permit API until interrupted',
  options: {
    'insecure-dev': {
      type: 'boolean',
      help: 'serve real data without a jail; never in production',
    },
  },
  examples: ['VITRINE_PORT=8080 vitrine serve'],
  async run(context) {
    const composed = await compose(context.config, {
      insecureDev: context.flags['insecure-dev'] === true,
      note: context.note,
      fullSelfTest: true,
    })
    const { host, port } = context.config
    const serving = await listen(composed, { host, port }).catch(async (error: unknown) => {
      await composed.close()
      throw error
    })
    context.print(
      context.json ? JSON.stringify({ url: serving.url }) : `vitrine serves ${serving.url}`,
    )
    await interrupted()
    context.note('stopping')
    await serving.close()
    await composed.close()
    return 0
  },
}

/** Resolves at the first signal. Later ones are heard and ignored: npm sends the terminal's once more while we close. */
export const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    process.on('SIGINT', () => resolve())
    process.on('SIGTERM', () => resolve())
  })
