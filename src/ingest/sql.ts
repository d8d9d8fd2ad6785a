/** The one place of this room that quotes. */
export const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`

/** Longest line that is loaded, bytes; longer ones are quarantined, so that the engine never meets its own limit. */
export const longestLine = 32 * 1024 * 1024

/** A FROM item over NDJSON files. `columns` is the argument's text, `{"id": 'VARCHAR', ...}`. */
export const readNdjson = (files: readonly string[], columns: string): string =>
  `read_ndjson([${files.map(text).join(', ')}], columns = ${columns}, maximum_object_size = ${longestLine + 1024})`

/** The id of a Patient that a reference names, relative or below one of these bases; NULL for any other reference. */
export function patientKey(reference: string, bases: readonly string[]): string {
  const plain = (s: string): string => s.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
  const ours = bases.map((b) => `${plain(b)}/`).join('|')
  const pattern = `^${ours === '' ? '' : `(?:${ours})?`}Patient/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?$`
  return `nullif(regexp_extract(${reference}, ${text(pattern)}, 1), '')`
}
