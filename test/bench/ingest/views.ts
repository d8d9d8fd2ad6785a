/**
 * The views of the bench, and by hand what a careful engineer would write for the same answers on every input: a null
 * in a list is no element, a foreign reference is no key.
 */
const column = (name: string, path: string, type: string) => ({ name, path, type })
const key = column('id', 'getResourceKey()', 'id')

export const flat = {
  resource: 'Observation',
  select: [
    {
      column: [
        key,
        column('patient_id', 'subject.getReferenceKey(Patient)', 'id'),
        column('encounter_id', 'encounter.getReferenceKey(Encounter)', 'id'),
        column('status', 'status', 'code'),
        column('category', 'category.coding.code.first()', 'code'),
        column('code', "code.coding.where(system = 'http://loinc.org').code.first()", 'code'),
        column('effective', 'effective.ofType(dateTime)', 'dateTime'),
        column('issued', 'issued', 'instant'),
        column('value', 'value.ofType(Quantity).value', 'decimal'),
        column('unit', 'value.ofType(Quantity).code', 'code'),
        column('interpretation', 'interpretation.coding.code.first()', 'code'),
      ],
    },
  ],
} as const

export const forEach = {
  resource: 'Observation',
  select: [
    { column: [key] },
    {
      forEach: 'component',
      column: [
        column('code', 'code.coding.code.first()', 'code'),
        column('value', 'value.ofType(Quantity).value', 'decimal'),
      ],
    },
  ],
} as const

const CODINGS = `STRUCT("coding" STRUCT("code" VARCHAR)[])`
const ID = '[A-Za-z0-9.-]{1,64}'
const reference = (element: string, type: string): string =>
  `nullif(regexp_extract("${element}"."reference", '^${type}/(${ID})(?:/_history/${ID})?$', 1), '')`

export const flatByHand = (source: string): string => `SELECT "id",
  ${reference('subject', 'Patient')} AS patient_id, ${reference('encounter', 'Encounter')} AS encounter_id, "status",
  list_filter(flatten(list_transform("category", lambda c: c."coding")), lambda c: c."code" IS NOT NULL)[1]."code" AS category,
  list_filter("code"."coding", lambda c: c."system" = 'http://loinc.org' AND c."code" IS NOT NULL)[1]."code" AS code,
  "effectiveDateTime" AS effective, "issued", "valueQuantity"."value" AS value, "valueQuantity"."code" AS unit,
  list_filter(flatten(list_transform("interpretation", lambda c: c."coding")), lambda c: c."code" IS NOT NULL)[1]."code" AS interpretation
FROM read_ndjson(${source}, columns = {"resourceType": 'VARCHAR', "id": 'VARCHAR', "subject": 'STRUCT("reference" VARCHAR)',
  "encounter": 'STRUCT("reference" VARCHAR)', "status": 'VARCHAR', "category": '${CODINGS}[]',
  "code": 'STRUCT("coding" STRUCT("system" VARCHAR, "code" VARCHAR)[])', "effectiveDateTime": 'VARCHAR', "issued": 'VARCHAR',
  "valueQuantity": 'STRUCT("value" DOUBLE, "code" VARCHAR)', "interpretation": '${CODINGS}[]'})
WHERE "resourceType" = 'Observation'`

export const forEachByHand = (
  source: string,
): string => `SELECT id, c.code AS code, c.value AS value FROM (
  SELECT "id", unnest(list_transform(list_filter("component", lambda c: c IS NOT NULL), lambda c: {'code': list_filter(c."code"."coding", lambda x: x."code" IS NOT NULL)[1]."code",
    'value': c."valueQuantity"."value"})) AS c
  FROM read_ndjson(${source}, columns = {"resourceType": 'VARCHAR', "id": 'VARCHAR',
    "component": 'STRUCT("code" ${CODINGS}, "valueQuantity" STRUCT("value" DOUBLE))[]'})
  WHERE "resourceType" = 'Observation')`

/** One column, as the goal has it. */
export const oneColumn = (source: string): string =>
  `SELECT "id" FROM read_ndjson(${source}, columns = {"id": 'VARCHAR'})`

/** Two columns: DuckDB 1.5 reads a single one at twice the cost of two, so that this is the cheaper bound. */
export const twoColumns = (source: string): string =>
  `SELECT "id" FROM read_ndjson(${source}, columns = {"resourceType": 'VARCHAR', "id": 'VARCHAR'}) WHERE "resourceType" = 'Observation'`
