type Plain<T> = T extends readonly (infer E)[]
  ? Plain<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Plain<T[K]> }
    : T

/** The same value with mutable types, as schemas infer them. Costs nothing; the schema parses it again on the way out. */
export const plain = <T>(value: T): Plain<T> => value as Plain<T>
