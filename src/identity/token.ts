import { Problem } from '../domain/problem.ts'

/** Why a token is not accepted, in classes that say nothing of its content. */
const classes = {
  malformed: 'It is not a signed JSON Web Token.',
  'too-long': 'It is longer than any token of ours.',
  algorithm: 'Its signature algorithm is not accepted.',
  key: 'It is signed by a key that the issuer does not publish.',
  'development-key': 'It is signed by a development key.',
  signature: 'Its signature does not verify.',
  issuer: 'It comes from another issuer.',
  audience: 'It was issued for another service.',
  expired: 'It has expired.',
  'not-yet-valid': 'It is not valid yet.',
  claim: 'It lacks a claim or has a malformed one.',
  subject: 'It does not name a natural person as its subject.',
  organisation: 'It does not name the organisation of its subject.',
  role: 'It does not carry exactly one role of this service.',
} as const

export const tokenInvalid = (why: keyof typeof classes): Problem =>
  new Problem('token-invalid', { rule: `token-${why}`, reason: classes[why] })
