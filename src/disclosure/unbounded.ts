/** Stands for "no bound" in meters and statements, where infinity cannot be written. */
export const UNBOUNDED = 1e9
