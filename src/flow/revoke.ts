import type { Actor } from '../domain/role.ts'
import type { House } from './house.ts'
import { type PermitView, revokePermit } from './permit.ts'
import { settleAll } from './settle.ts'

/** Article 63(3) whole: the permit is revoked, its jobs are killed, and what waits for checkers is withheld. */
export async function revoke(
  house: House,
  actor: Actor,
  id: string,
  reason: string,
): Promise<PermitView> {
  const revoked = await revokePermit(house, actor, id, reason)
  await settleAll(house, { permit: id })
  return revoked
}
