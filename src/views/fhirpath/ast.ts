/** The FHIRPath subset of SQL on FHIR. `at` is the offset of the node in its expression. */
export type Expression =
  | Readonly<{ kind: 'literal'; type: LiteralType; text: string; at: number }>
  | Readonly<{ kind: 'variable'; name: string; at: number }>
  | Readonly<{ kind: 'this'; at: number }>
  | Readonly<{ kind: 'member'; on?: Expression; name: string; at: number }>
  | Readonly<{
      kind: 'call'
      on?: Expression
      name: string
      args: readonly Expression[]
      at: number
    }>
  | Readonly<{ kind: 'index'; on: Expression; index: Expression; at: number }>
  | Readonly<{ kind: 'negate'; on: Expression; at: number }>
  | Readonly<{ kind: 'binary'; op: Operator; left: Expression; right: Expression; at: number }>

/** Numbers and dates keep their text: 1.0 is not 1. */
export type LiteralType =
  | 'string'
  | 'integer'
  | 'decimal'
  | 'boolean'
  | 'date'
  | 'dateTime'
  | 'time'

export const operators = {
  or: 1,
  and: 2,
  '=': 3,
  '!=': 3,
  '<': 4,
  '>': 4,
  '<=': 4,
  '>=': 4,
  '+': 6,
  '-': 6,
  '*': 7,
  '/': 7,
} as const
export type Operator = keyof typeof operators

/** Operators of FHIRPath outside the subset: recognised, so that the refusal can name them. */
export const foreignOperators: readonly string[] = [
  'xor',
  'implies',
  'in',
  'contains',
  'is',
  'as',
  'div',
  'mod',
  '|',
  '&',
  '~',
  '!~',
]
