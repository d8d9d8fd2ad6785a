import type { Cell } from '../domain/glass.ts'
import type { Kind, Type } from './types.ts'

/**
 * The query as the proof understands it: engine-neutral, every name resolved to a number that is unique in the
 * query. Only relations.ts and scalars.ts build these, and they do not build what breaks a rule.
 */

export type Column = Readonly<{
  id: number
  type: Type
  /** The same in all rows of one person: then it cannot spread a person over several cells. */
  constant: boolean
  /** No two rows of one person have the same value: row_number() over all rows of each person. */
  ordinal?: boolean
}>

/** `at` is line:column in the researcher's text. */
export type Scalar = Readonly<{ type: Type; constant: boolean; at: string }> &
  (
    | Readonly<{ op: 'column'; id: number }>
    | Readonly<{ op: 'literal'; value: Cell }>
    | Readonly<{ op: 'call'; name: string; args: readonly Scalar[] }>
    | Readonly<{
        op: 'case'
        whens: readonly Readonly<{ when: Scalar; result: Scalar }>[]
        otherwise: Scalar
      }>
    | Readonly<{ op: 'cast'; to: Kind; arg: Scalar }>
    /** Equality of two person keys; stands only where a rule takes it out again. */
    | Readonly<{ op: 'same-person'; left: number; right: number }>
    /** Some row of `input` belongs to the person of column `outer` and fulfils `where`. */
    | Readonly<{ op: 'exists'; input: Relation; outer: number; where?: Scalar }>
    /** One value computed from the rows of `input` that belong to the person of `outer`. */
    | Readonly<{
        op: 'lookup'
        input: Relation
        outer: number
        where?: Scalar
        aggregates: readonly Named<Aggregation>[]
        value: Scalar
      }>
    /** Membership of a value in a public relation of one column. */
    | Readonly<{ op: 'among'; needle: Scalar; input: Relation }>
    /** Placeholders that a grouped or windowed SELECT replaces by columns. */
    | Readonly<{ op: 'aggregate'; aggregation: Aggregation }>
    | Readonly<{ op: 'window'; window: Window }>
  )

export type Named<T> = Readonly<{ id: number; value: T }>

export type Order = Readonly<{ by: Scalar; descending: boolean; nullsFirst: boolean }>

export type AggregateName =
  | 'count'
  | 'count-distinct'
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'any'
  | 'every'
  | 'median'
  | 'first'
export type Aggregation = Readonly<{
  name: AggregateName
  /** Absent for count(*). */
  arg?: Scalar
  filter?: Scalar
  /** For `first`: the order whose first row is taken. */
  order?: readonly Order[]
  type: Type
}>

export type WindowName =
  | 'row_number'
  | 'rank'
  | 'dense_rank'
  | 'lag'
  | 'lead'
  | 'first_value'
  | 'last_value'
  | 'count'
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
export type Window = Readonly<{
  name: WindowName
  arg?: Scalar
  offset?: number
  partition: readonly Scalar[]
  order: readonly Order[]
  /** `rows`: this many rows before and after; absent is the default frame. */
  frame?: Readonly<{ unit: 'rows' | 'range'; before: number | 'all'; after: number | 'all' }>
  type: Type
}>

/**
 * `key` undefined is the judgement PUB: nothing of any person. Otherwise PERS: every row belongs to the one person of
 * column `key`, at most `rows` rows to each, and every column of kind person equals the key or is NULL.
 */
export type Relation = Readonly<{
  columns: readonly Column[]
  key?: number
  /** Static bound on rows per person; of a public relation, on all its rows. */
  rows: number
  /** Column ids of a public relation none of whose values occurs twice. */
  unique: readonly number[]
}> &
  (
    | Readonly<{ op: 'scan'; table: string; names: readonly string[] }>
    | Readonly<{ op: 'values'; cells: readonly (readonly Scalar[])[] }>
    | Readonly<{ op: 'filter'; input: Relation; where: Scalar }>
    | Readonly<{ op: 'project'; input: Relation; items: readonly Named<Scalar>[] }>
    | Readonly<{
        op: 'join'
        kind: 'inner' | 'left' | 'semi' | 'anti'
        left: Relation
        right: Relation
        on?: Scalar
      }>
    | Readonly<{
        op: 'group'
        input: Relation
        keys: readonly Named<Scalar>[]
        aggregates: readonly Named<Aggregation>[]
      }>
    | Readonly<{ op: 'window'; input: Relation; items: readonly Named<Window>[] }>
    | Readonly<{ op: 'distinct'; input: Relation }>
    | Readonly<{
        op: 'set'
        kind: 'union' | 'except' | 'intersect'
        all: boolean
        left: Relation
        right: Relation
      }>
    /** A named part of the query, printed once; `columns` stand for those of the part, in order. */
    | Readonly<{ op: 'part'; part: Part }>
  )

/** A WITH clause. */
export type Part = Readonly<{ id: number; body: Relation }>
