/** Article 53(1): what secondary use may be for. 53(2): (a)-(c) for public bodies and those acting for them. */
export const purposes = {
  'public-health': { article: '53(1)(a)', publicBodiesOnly: true },
  'policy-making': { article: '53(1)(b)', publicBodiesOnly: true },
  'official-statistics': { article: '53(1)(c)', publicBodiesOnly: true },
  education: { article: '53(1)(d)', publicBodiesOnly: false },
  'scientific-research': { article: '53(1)(e)', publicBodiesOnly: false },
  'improving-care': { article: '53(1)(f)', publicBodiesOnly: false },
} as const
export type Purpose = keyof typeof purposes

/** Article 54: what it may never be for. An application may name one; the policy then refuses with its article. */
export const prohibitedPurposes = {
  'detrimental-decision': { article: '54(a)' },
  'employment-or-insurance': { article: '54(b)' },
  advertising: { article: '54(c)' },
  'harmful-products': { article: '54(d)' },
  'against-national-ethics': { article: '54(e)' },
} as const
export type ProhibitedPurpose = keyof typeof prohibitedPurposes

export type StatedPurpose = Purpose | ProhibitedPurpose
export const statedPurposes = [
  ...Object.keys(purposes),
  ...Object.keys(prohibitedPurposes),
] as StatedPurpose[]
