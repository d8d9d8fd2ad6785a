/**
 * Who acts. 55(3): assessing applications, preparing data and providing it are separate functions,
 * so a person holds exactly one role. `gateway` is the product itself (clocks, finished runs).
 */
export const roles = [
  'data-holder',
  'data-user',
  'access-body',
  'output-checker',
  'auditor',
  'gateway',
] as const
export type Role = (typeof roles)[number]

/** An authenticated natural person (73(1)(a)) or the gateway. `subject` is the token's `sub`. */
export type Actor = Readonly<{ subject: string; role: Role; organisation: string; name?: string }>

export const gatewayActor: Actor = { subject: 'gateway', role: 'gateway', organisation: 'vitrine' }
