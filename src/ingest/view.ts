/** A primitive that a view reads: JSON keys from the root, which of them are lists, and its FHIR type. */
export type Read = Readonly<{ path: readonly string[]; lists: readonly boolean[]; type: string }>

/** What the loader needs of a compiled ViewDefinition; cli/compose.ts adapts the compiler's answer to it. */
export type LoadView = Readonly<{
  /** Table name, as in the dictionary. */
  name: string
  /** FHIR resource type that it reads. */
  resource: string
  reads: readonly Read[]
  /**
   * The SELECT. `relation` answers the FROM item for the `columns` argument of read_ndjson; absolute references below
   * `bases` are the server's own. The column `person_id` holds the id of the Patient record (bare or `Patient/id`);
   * the loader puts the person in its place.
   */
  select(relation: (columns: string) => string, bases: readonly string[]): string
}>
