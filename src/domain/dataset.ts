/** The dictionary: what a table of a standard view promises. The catalogue, the proof and dummy data read it. */
export type ColumnType = 'text' | 'integer' | 'decimal' | 'boolean' | 'date' | 'timestamp'

/** A public domain, fixed before any data is seen. */
export type Domain =
  | Readonly<{ kind: 'person' }> // the hidden person key, person_id
  | Readonly<{ kind: 'enum'; values: readonly string[] }>
  | Readonly<{ kind: 'codes'; system: string; values?: readonly string[] }>
  | Readonly<{ kind: 'range'; min: number; max: number; step: number }> // values outside become NULL at load
  | Readonly<{ kind: 'dates'; min: string; max: string }> // ISO days
  | Readonly<{ kind: 'boolean' }>
  | Readonly<{ kind: 'open' }> // neither a label nor summable without clamp

export type ColumnSpec = Readonly<{
  name: string
  type: ColumnType
  domain: Domain
  meaning: string
  unit?: string
  codeSystem?: string
}>

export type TableSpec = Readonly<{
  name: string
  meaning: string
  /** `one`: at most one row per person, by construction of the loader. `many`: at most `cap` kept per person. */
  rowsPerPerson: Readonly<{ kind: 'one' }> | Readonly<{ kind: 'many'; cap: number }>
  /** Column that places a row in time, for the period of a permit; absent for timeless tables. */
  timeColumn?: string
  columns: readonly ColumnSpec[]
}>

export type Dictionary = readonly TableSpec[]

/** A loaded, immutable, content-addressed state of one dataset. */
export type Snapshot = Readonly<{
  /** SHA-256 over the canonical manifest, hex. */
  digest: string
  dataset: string
  /** Directory that holds one Parquet file per table and manifest.json. */
  path: string
  tables: Readonly<Record<string, Readonly<{ file: string; sha256: string; rows: number }>>>
  persons: number
  loadedAt: string
}>

/** read = accepted + quarantined + blank, per file and in total. */
export type LoadReport = Readonly<{
  dataset: string
  read: number
  accepted: number
  quarantined: number
  blank: number
  persons: number
  optedOut: number
  reasons: readonly Readonly<{ file: string; line: number; reason: string }>[]
  files: readonly Readonly<{
    file: string
    read: number
    accepted: number
    quarantined: number
    blank: number
  }>[]
}>
