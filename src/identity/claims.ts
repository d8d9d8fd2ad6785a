import type { JWTPayload } from 'jose'
import { type Actor, gatewayActor, type Role, roles } from '../domain/role.ts'
import { tokenInvalid } from './token.ts'

/** Where the claims are, as dotted paths; `role`, `organisation` and `name` when absent. */
export type Claims = Readonly<{
  roleClaim?: string
  organisationClaim?: string
  nameClaim?: string
}>

/**
 * Who a verified token speaks for. 55(3): exactly one role, as a text or a list of one; an unknown role beside a known
 * one is two. Nobody is the gateway. Throws `token-invalid` of class `subject`, `organisation` or `role`.
 */
export function actorOf(payload: JWTPayload, claims: Claims): Actor {
  const subject = line(payload.sub, 255)
  if (subject === undefined || subject === gatewayActor.subject) throw tokenInvalid('subject')
  const stated = line(at(payload, claims.organisationClaim ?? 'organisation'), 255)
  const organisation = stated === undefined ? '' : spelled(stated)
  if (organisation === '') throw tokenInvalid('organisation')
  const name = line(at(payload, claims.nameClaim ?? 'name'), 255)
  const role = roleOf(at(payload, claims.roleClaim ?? 'role'))
  return { subject, role, organisation, ...(name === undefined ? {} : { name }) }
}

function roleOf(claim: unknown): Role {
  const stated: readonly unknown[] = Array.isArray(claim) ? claim : [claim]
  const role = roles.find((it) => it === stated[0])
  if (stated.length !== 1 || role === undefined || role === 'gateway') throw tokenInvalid('role')
  return role
}

function at(payload: JWTPayload, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (node, key) =>
        typeof node === 'object' && node !== null && Object.hasOwn(node, key)
          ? (node as Record<string, unknown>)[key]
          : undefined,
      payload,
    )
}

/**
 * 55(3) is judged by whether two organisations are one: what looks alike is spelled alike (Unicode TR 15, NFKC), with single
 * spaces and without characters that are not seen.
 */
const spelled = (organisation: string): string =>
  organisation
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim()

/** A text of one line that is not blank at either end: it goes to the log and into comparisons. */
function line(value: unknown, longest: number): string | undefined {
  if (typeof value !== 'string' || value.length > longest) return undefined
  return value !== '' && value === value.trim() && !/\p{Cc}/u.test(value) ? value : undefined
}
