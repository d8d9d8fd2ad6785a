import { join } from 'node:path'
import { Problem } from '../domain/problem.ts'
import { type Role, roles } from '../domain/role.ts'
import { mintDevToken } from '../identity/dev.ts'
import { type Command, option } from './command.ts'

export const token: Command = {
  name: 'token',
  summary: 'Mint a development token; production refuses its key',
  options: {
    role: { type: 'string', placeholder: 'ROLE', help: roles.slice(0, -1).join(', ') },
    subject: { type: 'string', placeholder: 'ID', help: 'the natural person', default: 'dev' },
    organisation: {
      type: 'string',
      placeholder: 'NAME',
      help: 'their organisation',
      default: 'Development',
    },
    ttl: { type: 'string', placeholder: 'SECONDS', help: 'how long it is valid', default: '3600' },
  },
  examples: [
    'vitrine token --role data-user --subject lind --organisation "University of Example"',
  ],
  async run(context) {
    if (context.config.production)
      throw new Problem('insecure-configuration', {
        place: 'VITRINE_ENV',
        reason: 'Production takes tokens of its identity provider only.',
      })
    const role = option(context, token, 'role')
    if (!(roles as readonly string[]).includes(role) || role === 'gateway')
      throw new Problem('usage', {
        place: '--role',
        reason: `One of: ${roles.slice(0, -1).join(', ')}.`,
      })
    const value = await mintDevToken({
      directory: join(context.config.directory, 'keys'),
      role: role as Role,
      subject: option(context, token, 'subject'),
      organisation: option(context, token, 'organisation'),
      ttl: Number(option(context, token, 'ttl')),
    })
    context.print(context.json ? JSON.stringify({ token: value }) : value)
    return 0
  },
}
