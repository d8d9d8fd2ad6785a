import { parse } from 'lossless-json'
import type { Proven } from '../domain/proven.ts'
import { aggregatesInPlan, functionsInPlan } from './duckdb.ts'
import { refuse } from './rules.ts'
import { isNode, type Json, type Node } from './tree.ts'

/** Operators of a bound plan that our printing can lead to. */
const OPERATORS = new Set(
  `PROJECTION FILTER GET AGGREGATE_AND_GROUP_BY COMPARISON_JOIN ANY_JOIN CROSS_PRODUCT DELIM_JOIN DELIM_GET DEPENDENT_JOIN
  WINDOW DISTINCT UNION EXCEPT INTERSECT EXPRESSION_GET DUMMY_SCAN CHUNK_GET COLUMN_DATA_GET EMPTY_RESULT CTE_REF
  MATERIALIZED_CTE`
    .split(/\s+/)
    .map((o) => `LOGICAL_${o}`),
)
const EXPRESSIONS = new Set(
  `REF COLUMN_REF CONSTANT CAST CASE COMPARISON CONJUNCTION OPERATOR BETWEEN FUNCTION AGGREGATE WINDOW`
    .split(/\s+/)
    .map((e) => `BOUND_${e}`),
)

/**
 * Checks the bound plan of the exact text that will run: known operators, tables of the proof in the workspace, known
 * functions of the system catalogue, nothing else. Throws `plan-unexpected`, naming the kind of thing and no value.
 */
export function checkPlan(planJson: string, proven: Proven, workspace = 'ws'): void {
  const plan = parse(planJson, undefined, (text) => Number(text)) as Json
  if (!isNode(plan) || plan['error'] !== false) unexpected('an error')
  const plans = plan['plans']
  if (!Array.isArray(plans) || plans.length !== 1) unexpected('more than one plan')
  visit(plans, (node) => {
    const type = node['type']
    const kind = node['expression_class']
    if (typeof kind === 'string') expressionNode(node, kind)
    else if (typeof type === 'string' && type.startsWith('LOGICAL_'))
      operatorNode(node, type, proven, workspace)
  })
}

function operatorNode(node: Node, type: string, proven: Proven, workspace: string): void {
  if (!OPERATORS.has(type)) unexpected(type)
  if (type !== 'LOGICAL_GET') return
  const data = node['function_data']
  if (node['name'] !== 'seq_scan' || !isNode(data)) unexpected('a table function')
  const { catalog, schema, table } = data
  if (catalog !== workspace || schema !== 'main' || !proven.tables.includes(String(table)))
    unexpected('another table')
}

function expressionNode(node: Node, kind: string): void {
  if (!EXPRESSIONS.has(kind)) unexpected(kind)
  const known =
    kind === 'BOUND_FUNCTION'
      ? functionsInPlan
      : kind === 'BOUND_AGGREGATE'
        ? aggregatesInPlan
        : undefined
  if (known === undefined) return
  const name = String(node['name'])
  if (!known.has(name)) unexpected(`function ${name.slice(0, 40)}`)
  const { catalog_name: catalog, schema_name: schema } = node
  const isSystem = (catalog ?? 'system') === 'system' && (schema ?? 'main') === 'main'
  if (!isSystem && !(catalog === '' && schema === '')) unexpected('a function of another catalogue')
}

function visit(value: Json, look: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value as readonly Json[]) visit(item, look)
  if (!isNode(value)) return
  look(value)
  for (const field of Object.values(value)) visit(field, look)
}

function unexpected(what: string): never {
  return refuse('plan-unexpected', '1:1', {
    reason: `The engine's plan holds ${what}, which the proof did not print.`,
  })
}
