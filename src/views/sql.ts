/** The one file that quotes: every identifier and literal of compiled SQL passes here. */
export const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`
const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`
/** Stands around a piece of SQL that is written last. A literal cannot hold it: text() writes it as its code. */
export const MARK = '\ue000'
export const text = (value: string): string =>
  value.includes(MARK)
    ? `(${value.split(MARK).map(quoted).join(' || chr(57344) || ')})`
    : quoted(value)
export const cast = (sql: string, type: string): string => `CAST(${sql} AS ${type})`
export const nothingOf = (type: string): string => cast('NULL', type)
export const raise = (message: string): string => `error(${text(message)})`

const CHAIN = /^[A-Za-z_]\w*$|^(?:[A-Za-z_]\w*\.)?(?:"[^"]+")(?:\."[^"]+")*$/
/** A field of a struct; parentheses where the struct is more than a chain of names. */
export const dot = (struct: string, field: string): string =>
  `${CHAIN.test(struct) ? struct : `(${struct})`}.${ident(field)}`

export const item = (list: string, index: number): string =>
  `${CHAIN.test(list) ? list : `(${list})`}[${index}]`
export const map = (list: string, name: string, body: string): string =>
  `list_transform(${list}, lambda ${name}: ${body})`
export const filter = (list: string, name: string, test: string): string =>
  `list_filter(${list}, lambda ${name}: ${test})`
export const size = (list: string): string => `coalesce(len(${list}), 0)`
export const holds = (condition: string): string => `coalesce(${condition}, FALSE)`
export const struct = (fields: readonly Readonly<{ name: string; sql: string }>[]): string =>
  `{${fields.map((f) => `${text(f.name)}: ${f.sql}`).join(', ')}}`
