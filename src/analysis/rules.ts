import { Problem } from '../domain/problem.ts'
import { frameRules, type Rule } from './frame-rules.ts'

/** Every way the proof says no: docs/sql.md is generated from this table, and test/spec/refused names its entries. */
export const rules = {
  // the text
  'text-too-long': {
    code: 'too-large',
    why: 'The text is longer than 32 kB.',
    fix: 'Split the analysis into several questions.',
  },
  'text-hidden-character': {
    code: 'sql-syntax',
    why: 'The text holds a character that hides or changes what a reader sees.',
    fix: 'Replace the character by a plain space, or remove it.',
  },
  'text-too-deep': {
    code: 'sql-refused',
    why: 'Expressions are nested deeper than 40 levels.',
    fix: 'Name intermediate results in a WITH clause.',
  },
  'text-too-many-nodes': {
    code: 'sql-refused',
    why: 'The query has more than 5,000 nodes.',
    fix: 'Use codelist(...) for long lists, or split the question.',
  },
  // the shape of a statement
  'statement-single': {
    code: 'sql-refused',
    why: 'One statement is asked at a time.',
    fix: 'Submit each statement as its own analysis.',
  },
  'node-unknown': {
    code: 'sql-refused',
    why: 'This construct is not in the provable subset.',
    fix: 'docs/sql.md lists what may be asked.',
  },
  'option-unknown': {
    code: 'sql-refused',
    why: 'This option of the construct is not in the provable subset.',
    fix: 'Remove the option; docs/sql.md lists what may be asked.',
  },
  'function-unknown': {
    code: 'sql-refused',
    why: 'The function is not on the list of total, deterministic functions.',
    fix: 'docs/sql.md lists the functions and their replacements.',
  },
  'function-qualified': {
    code: 'sql-refused',
    why: 'Functions are named without a schema.',
    fix: 'Write the plain name of the function.',
  },
  'function-arguments': {
    code: 'sql-refused',
    why: 'The function does not take these arguments.',
    fix: 'docs/sql.md shows how it is called.',
  },
  'argument-constant': {
    code: 'sql-refused',
    why: 'This argument must be a constant written in the query.',
    fix: 'Write a literal.',
  },
  'aggregate-misplaced': {
    code: 'sql-refused',
    why: 'An aggregate cannot stand here.',
    fix: 'Aggregate in the SELECT list or in HAVING of a grouped query.',
  },
  'window-misplaced': {
    code: 'sql-refused',
    why: 'A window function cannot stand here.',
    fix: 'Compute it in a subquery, then filter or group outside.',
  },
  'types-differ': {
    code: 'sql-refused',
    why: 'The two sides are of different types; a hidden cast could fail on a row.',
    fix: 'Compare like with like, or use TRY_CAST.',
  },
  'not-a-condition': {
    code: 'sql-refused',
    why: 'A condition must be true or false.',
    fix: 'Write a comparison.',
  },
  'literal-out-of-range': {
    code: 'sql-refused',
    why: 'The literal is outside what the engine can hold exactly.',
    fix: 'Use a number below 2^53 in size, or a date between 1800 and 2200.',
  },
  'star-option': {
    code: 'sql-refused',
    why: 'Only plain * and alias.* are allowed.',
    fix: 'List the columns.',
  },
  'cte-recursive': {
    code: 'sql-refused',
    why: 'A recursive query has no static bound.',
    fix: 'Use range(...) or a join.',
  },
  'plan-unexpected': {
    code: 'sql-refused',
    why: 'The engine would run something else than what was proven.',
    fix: 'Report this query; it is not run.',
  },
  // names
  'table-unknown': {
    code: 'sql-refused',
    why: 'There is no such table in the dictionary.',
    fix: 'The catalogue lists the tables of the standard views.',
  },
  'table-qualified': {
    code: 'sql-refused',
    why: 'Tables are named without catalogue and schema.',
    fix: 'Write the plain name of the table.',
  },
  'table-not-granted': {
    code: 'not-in-permit',
    why: 'The permit does not grant this table.',
    fix: 'Remove it, or apply for an amended permit.',
  },
  'column-unknown': {
    code: 'sql-refused',
    why: 'There is no such column here.',
    fix: 'The catalogue lists the columns; a subquery shows only what it selects.',
  },
  'column-not-granted': {
    code: 'not-in-permit',
    why: 'The permit does not grant this column.',
    fix: 'Remove it, or apply for an amended permit.',
  },
  'column-ambiguous': {
    code: 'sql-refused',
    why: 'The name fits more than one column.',
    fix: 'Write alias.column, and give every selected column its own name.',
  },
  'alias-duplicate': {
    code: 'sql-refused',
    why: 'Two tables of one FROM have the same alias.',
    fix: 'Give each its own alias.',
  },
  'alias-count': {
    code: 'sql-refused',
    why: 'There are more aliases than columns.',
    fix: 'Give one alias per column.',
  },
  'codelist-unknown': {
    code: 'sql-refused',
    why: 'There is no code list of this name.',
    fix: 'Name a public list of docs/sql.md, send the list with the question, or write the codes.',
  },
  'codelist-taken': {
    code: 'sql-refused',
    why: 'A code list of the question has the name of a public one.',
    fix: 'Give it another name.',
  },
  'codelist-too-long': {
    code: 'sql-refused',
    why: 'The code lists that the query uses hold more than 10,000 codes together.',
    fix: 'Write groups of codes with *, or split the question.',
  },
  // person-locality
  'key-unusable': {
    code: 'not-person-local',
    why: 'The key person_id only says which rows belong together; its value means nothing and is not used.',
    fix: 'Use person_id to join, group and count; use other columns in expressions.',
  },
  'join-needs-person-key': {
    code: 'not-person-local',
    why: 'Two tables about persons are joined without equality of their person keys.',
    fix: 'Add ON a.person_id = b.person_id, joined with AND to other conditions.',
  },
  'join-public-side-kept': {
    code: 'not-person-local',
    why: 'Rows of a public table would appear whether or not a person is there.',
    fix: 'Put the persons on the kept side of the LEFT JOIN.',
  },
  'join-kind': {
    code: 'not-person-local',
    why: 'Only INNER, LEFT, RIGHT, SEMI and ANTI joins with a condition keep persons apart.',
    fix: 'Write JOIN ... ON a.person_id = b.person_id.',
  },
  'group-needs-person-key': {
    code: 'not-person-local',
    why: 'Below the released SELECT a group must belong to one person.',
    fix: 'Add person_id to the GROUP BY, or make this the outermost SELECT.',
  },
  'window-needs-person-key': {
    code: 'not-person-local',
    why: 'A window must stay within one person.',
    fix: 'Add person_id to PARTITION BY.',
  },
  'distinct-needs-person-key': {
    code: 'not-person-local',
    why: 'DISTINCT over rows of persons compares persons with each other.',
    fix: 'Select person_id too, so that duplicates are removed within a person.',
  },
  'set-needs-person-key': {
    code: 'not-person-local',
    why: 'Both sides of a set operation need person_id at the same place.',
    fix: 'Select person_id at the same position on both sides.',
  },
  'limit-on-persons': {
    code: 'not-person-local',
    why: 'LIMIT and OFFSET choose among rows of different persons.',
    fix: 'Use row_number() OVER (PARTITION BY person_id ...) within a person.',
  },
  'sample-on-persons': {
    code: 'not-person-local',
    why: 'A sample is drawn across persons and changes from run to run.',
    fix: 'Remove the sample; precision is chosen with the variance.',
  },
  'subquery-not-correlated': {
    code: 'not-person-local',
    why: 'A subquery about persons must be tied to the person of the row.',
    fix: 'Add WHERE inner.person_id = outer.person_id to the subquery.',
  },
  'subquery-form': {
    code: 'not-person-local',
    why: 'A subquery here is one SELECT with FROM and WHERE, and one value.',
    fix: 'Move grouping and joins into a WITH clause.',
  },
  'fan-out': {
    code: 'not-person-local',
    why: 'The joins could multiply the rows of one person beyond 1,000,000.',
    fix: 'Group one side per person before joining.',
  },
  // the released SELECT
  'release-about-nobody': {
    code: 'row-level-output',
    why: 'The query does not read a table about persons.',
    fix: 'Select FROM a table of the permit.',
  },
  'release-one-select': {
    code: 'row-level-output',
    why: 'The outermost statement must be one SELECT, not a set operation.',
    fix: 'Put the UNION into a WITH clause and aggregate it outside.',
  },
  'release-rows': {
    code: 'row-level-output',
    why: 'A selected column is neither a label of the GROUP BY nor an aggregate.',
    fix: 'Group by it, or aggregate it.',
  },
  'release-nothing-counted': {
    code: 'row-level-output',
    why: 'The released SELECT holds no aggregate.',
    fix: 'Add count(*), count(DISTINCT person_id), sum or avg.',
  },
  'release-aggregate': {
    code: 'row-level-output',
    why: 'This aggregate cannot be released.',
    fix: 'Use count(*), count(DISTINCT person_id), sum, avg, or a ratio of them; other aggregates per person inside.',
  },
  'release-expression': {
    code: 'row-level-output',
    why: 'Published values may be scaled, divided and rounded, nothing else.',
    fix: 'Select the aggregates, or number * aggregate / aggregate.',
  },
  'release-having': {
    code: 'row-level-output',
    why: 'HAVING may compare a selected aggregate with a number, or test labels, joined with AND.',
    fix: 'Select the aggregate and compare it with a literal.',
  },
  'release-order': {
    code: 'row-level-output',
    why: 'ORDER BY of the released SELECT names selected columns.',
    fix: 'Order by a selected column, its alias or its number.',
  },
  'release-limit': {
    code: 'row-level-output',
    why: 'LIMIT of the released SELECT is a whole number, without OFFSET.',
    fix: 'Write LIMIT and a number.',
  },
  'release-label-key': {
    code: 'row-level-output',
    why: 'A released label may not be the person key.',
    fix: 'Remove person_id from the outermost GROUP BY.',
  },
  'release-duplicate-name': {
    code: 'row-level-output',
    why: 'Two released columns have the same name.',
    fix: 'Give each column its own alias.',
  },
  'sum-unbounded': {
    code: 'unbounded-measure',
    why: 'The value of one person has no static bounds, so neither has their influence.',
    fix: 'Wrap the value: clamp(x, lo, hi).',
  },
  'label-open': {
    code: 'open-label',
    why: 'The label does not come from a closed public domain.',
    fix: 'Use an enumeration, a code list, bucket(x, lo, hi, step), a year or month, or CASE with literals.',
  },
  'grouping-sets-cells': {
    code: 'open-label',
    why: 'GROUPING SETS need labels that are the same in all rows of a person, or a total would count a person twice.',
    fix: 'Ask for each table by itself, or group per person first.',
  },
  'labels-too-many': {
    code: 'open-label',
    why: 'The labels have more than 100,000 combinations.',
    fix: 'Use coarser labels.',
  },
  ...frameRules,
} as const satisfies Record<string, Rule>

export type RuleId = keyof typeof rules

/** Throws the Problem of a rule, at a place. `reason` and `fix` replace the general ones where better are known. */
export function refuse(
  rule: RuleId,
  place: string,
  better: Readonly<{ reason?: string; fix?: string }> = {},
): never {
  const { code, why, fix } = rules[rule]
  throw new Problem(code, { rule, place, reason: better.reason ?? why, fix: better.fix ?? fix })
}
