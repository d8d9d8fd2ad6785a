import { aggregates, windows } from './aggregates.ts'
import { functions } from './functions.ts'
import { publicLists } from './lists.ts'
import { DEFAULT_CELLS, DEFAULT_ROWS } from './prove.ts'
import { reducerReference } from './reducer-reference.ts'
import { replacements } from './replacements.ts'
import { rules } from './rules.ts'

/** docs/sql.md, written from the tables that the proof itself reads. */
export const sqlReference = (): string =>
  [
    introduction,
    constructs,
    measures,
    reducerReference(table),
    [
      '## Functions',
      '',
      'Each is total (it never raises, and never grows without bound) and deterministic, for the reason beside it. A name that is not here is refused.',
      '',
      ...table(['Write', 'Why it is safe'], unique(Object.values(functions))),
    ].join('\n'),
    [
      '## Aggregates per person',
      '',
      'In a SELECT below the released one, grouped by `person_id`.',
      '',
      ...table(['Write', 'Why it is safe'], unique(Object.values(aggregates))),
    ].join('\n'),
    [
      '## Window functions',
      '',
      'With `PARTITION BY person_id`; frames are the default one, or `ROWS BETWEEN n PRECEDING AND m FOLLOWING`.',
      '',
      ...table(['Write', 'Why it is safe'], unique(Object.values(windows))),
    ].join('\n'),
    codeLists,
    ['## Instead of', '', ...table(['Not', 'But'], Object.entries(replacements))].join('\n'),
    [
      '## Refusals',
      '',
      'Every refusal names its rule, its place (line:column), the reason and one next step. `vitrine check FILE.sql` says the same offline.',
      '',
      ...table(
        ['Rule', 'Why', 'What to do'],
        Object.entries(rules).map(([id, r]) => [`\`${id}\``, r.why, r.fix]),
      ),
    ].join('\n'),
    asked,
  ]
    .join('\n\n')
    .concat('\n')

const cell = (text: string): string => text.replaceAll('|', '\\|')
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map((r) => `| ${r.map(cell).join(' | ')} |`)

const unique = (all: readonly Readonly<{ form: string; total: string }>[]): string[][] => [
  ...new Map(all.map((f) => [f.form, [`\`${f.form}\``, f.total]])).values(),
]

const introduction = `# SQL that may be asked

<!-- Written by npm run docs:sql from src/analysis; a test compares it. -->

A question is one SELECT in the dialect of DuckDB. It is never run as it was written: it is parsed, proven to treat every
person apart from every other (*person-local*), and printed afresh. What cannot be proven is refused before any data is
touched, and the refusal says where and why. A query has two levels:

- **Below**, rows are of persons. Every row belongs to one person, known by \`person_id\`, and no operation may mix two.
- **The released SELECT**, the outermost one, counts persons: labels from closed public domains, and measures that one
  person can move only so far. Noise and the threshold of the permit come after it.

\`\`\`sql
-- How common is hypertension, by sex and age?
WITH diagnosed AS (SELECT DISTINCT person_id FROM condition WHERE code = 'I10')
SELECT p.sex, bucket(age_at(p.birth_date, DATE '2025-12-31'), 20, 90, 10) AS age_from,
       count(*) AS persons, avg(CASE WHEN d.person_id IS NOT NULL THEN 1 ELSE 0 END) AS prevalence
FROM patient p LEFT JOIN diagnosed d ON d.person_id = p.person_id
GROUP BY p.sex, age_from
\`\`\``

const constructs = [
  '## Constructs',
  '',
  ...table(
    ['Construct', 'Rule'],
    [
      [
        'a table of the permit',
        'about persons; `VALUES (...)` and `range(a, b)` of constants (at most 1,000) are public',
      ],
      [
        '`WHERE`, `SELECT` list',
        'functions of this page; `person_id` is carried along and otherwise not used, `IS [NOT] NULL` aside',
      ],
      [
        '`JOIN`, `LEFT`, `RIGHT`, `SEMI`, `ANTI JOIN`',
        'two tables of persons: equality of their `person_id`, with `ON ... AND ...`, `USING (person_id)`, or, of a comma join, in the top of the `WHERE`; with a public table: any condition, the persons on the kept side',
      ],
      ['`GROUP BY` below', 'contains `person_id`; `HAVING` filters groups of a person'],
      ['window functions, `QUALIFY`', '`PARTITION BY` contains `person_id`'],
      [
        '`DISTINCT`, `UNION`, `EXCEPT`, `INTERSECT`',
        'select `person_id`, at the same position on both sides',
      ],
      [
        '`EXISTS`, scalar subqueries',
        '`WHERE inner.person_id = outer.person_id AND ...`; scalar ones are an aggregate, or `ORDER BY ... LIMIT 1`',
      ],
      [
        '`WHERE x BETWEEN a AND b`, `x IN (...)`',
        'gives `x` bounds or values in the rest of that SELECT, be it a column or an expression: `end_date - start_date BETWEEN 0 AND 60` makes the days a label and bounds their sum',
      ],
      ['`person_id [NOT] IN (SELECT person_id ...)`', 'as a semi join'],
      ['`WITH`', 'any number; not recursive'],
      ['`CAST`, `::`', 'always a TRY_CAST: what cannot be cast is NULL'],
      [
        '`GROUP BY` of the released SELECT',
        'closed labels: enumerations, code lists, `bucket`, years, months, `CASE` with literals, whole numbers with few values',
      ],
      [
        '`GROUPING SETS`, `ROLLUP`, `CUBE`',
        'in the released SELECT, where a person is in one cell; a label that a set leaves out reads `all`; each set is charged as a table',
      ],
      [
        '`HAVING`, `ORDER BY`, `LIMIT` of the released SELECT',
        'act on published values, after noise; `HAVING` compares a selected column with a number, or tests labels',
      ],
      [
        '`FULL`, `NATURAL`, `POSITIONAL`, `ASOF`, `LATERAL`, `DISTINCT ON`, `LIMIT` below, samples, `COLUMNS(...)`, recursive WITH',
        'refused',
      ],
    ],
  ),
].join('\n')

const measures = `## Measures of the released SELECT

| Write | What is released |
| --- | --- |
| \`count(DISTINCT person_id)\` | persons |
| \`count(*)\`, \`count(x)\` | persons where there is one row per person; otherwise rows, at most R of each person |
| \`sum(x)\` | over persons, each person's total bounded; \`x\` needs static bounds: \`clamp(x, lo, hi)\` |
| \`avg(x)\` | a ratio of two released statistics; a person with more than R rows counts R times with their own mean |
| any of them with \`FILTER (WHERE ...)\` | the same over fewer rows |
| \`count(DISTINCT CASE WHEN ... THEN person_id END)\` | persons, as with \`FILTER\` |
| \`number * a / b\` | a ratio of two of them, times a constant |
| \`round(..., digits)\` around any of them | the same, rounded after noise |

Bounds come from the columns' domains, from \`clamp\`, and from the \`WHERE\` of the same SELECT. A difference of dates has a
domain of two centuries and a count of rows the cap of its table: \`avg(end_date - start_date)\` alone is accepted and drowned
in noise, with \`WHERE end_date - start_date BETWEEN 0 AND 60\` it is not.

A person contributes to at most C cells. C is 1 where the labels are the same in all rows of a person, which is proven;
otherwise it is ${DEFAULT_CELLS}, or what the text declares. Kept cells are chosen by a hash, never by value. R is
${DEFAULT_ROWS}, or what the text declares:

\`\`\`sql
-- cells: 5
-- rows: 12
SELECT code, count(DISTINCT person_id) AS persons, count(*) AS records FROM condition GROUP BY code
\`\`\`

Larger C and R keep more of the data and need more noise: the variance of a count of rows grows with R squared.`

const codeLists = [
  '## Code lists',
  '',
  "`codelist(code, 'name', ...)` and `code IN codelist('name')` test a code against lists. A question may bring its own in the field `codelists` of an analysis,",
  '`{"heart-failure": ["I50*", "I42.0"]}`: at most 20 lists of at most 500 codes, `*` at the end for every code that begins so. They are part of what is approved:',
  'the digest of an analysis with lists is the SHA-256 of the canonical JSON (RFC 8785) of `text`, `codelists` and, where there is one, `reducer`. `vitrine check FILE.sql --codelists LISTS.json` reads the same object.',
  'These are public and need not be sent:',
  '',
  ...table(
    ['Name', 'Codes of', 'Source', 'Codes'],
    publicLists.map((l) => [`\`${l.name}\``, l.meaning, l.source, l.codes.join(' ')]),
  ),
].join('\n')

/** The refused questions of test/corpus, and what to ask instead; test/corpus/corpus.test.ts holds the list complete. */
const asked = [
  '## Questions that are refused as they are usually written',
  '',
  'From a corpus of 91 questions of epidemiologists (`npm run -s corpus -- --json`); the others are accepted as they were first written. `test/corpus/instead` holds each of these in a form that is accepted.',
  '',
  ...table(
    ['Question', 'Rule', 'Why, and what to ask'],
    [
      [
        '`attrition-union-of-steps`',
        '`release-one-select`',
        'One table is released at a time. Write the steps as `count(*) FILTER (WHERE ...)` of one SELECT, or use the reducer `flow`.',
      ],
      [
        '`comparative-matched-controls`',
        '`option-unknown`',
        '`GROUP BY ALL` groups by whatever the list holds. Name the labels.',
      ],
      [
        '`completeness-implausible-stays`',
        '`release-expression`',
        'A difference of two published values has the noise of both. Count the rows meant: `count(*) FILTER (WHERE end_date IS NULL)`.',
      ],
      [
        '`drug-polypharmacy-mean-by-region`',
        '`function-unknown`',
        'A standard deviation over persons is no sum of bounded values. Use the reducer `mean` or `table1`, or `avg(clamp(x, lo, hi))` and `avg` of its square.',
      ],
      [
        '`lab-cholesterol-median`',
        '`function-unknown`',
        'Quantiles over persons come from a noisy histogram on a public grid: the reducer `quantile`, or `GROUP BY bucket(x, lo, hi, step)`.',
      ],
      [
        '`procedure-caesarean-share`',
        '`grouping-sets-cells`',
        'A woman with sections in two years is in two cells and would be twice in the total. Ask for the total by itself.',
      ],
      [
        '`standardisation-direct-rate`',
        '`group-needs-person-key`',
        'Groups of persons below the released SELECT mix persons. Use the reducer `std_rate`, or ask for the strata and weight what is published.',
      ],
      [
        '`stay-median-length`',
        '`release-aggregate`',
        'As above: `median` per person below, quantiles over persons by the reducer `quantile`.',
      ],
      [
        '`utilisation-frequent-attenders`',
        '`release-expression`',
        'A share of a total over all cells reads unpublished cells. Divide by the sum of what is published.',
      ],
      [
        '`vaccination-covid-doses`, `vaccination-and-covid-hospital-stay`',
        '`column-ambiguous`',
        'An alias has the name of a column in sight, and DuckDB would group by the column. Give the alias another name.',
      ],
    ],
  ),
].join('\n')
