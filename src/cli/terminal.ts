/** A bar on stderr while it is a terminal; silent otherwise, so that logs and pipes stay clean. */
export function progressBar(
  label: string,
): (fraction: number | undefined, detail?: string) => void {
  if (process.stderr.isTTY !== true) return () => undefined
  const started = Date.now()
  return (fraction, detail = '') => {
    if (fraction === undefined) {
      process.stderr.write('\r\x1b[K')
      return
    }
    const width = 24
    const full = Math.round(Math.min(1, Math.max(0, fraction)) * width)
    const elapsed = (Date.now() - started) / 1000
    const left = fraction > 0.02 ? `${Math.ceil((elapsed * (1 - fraction)) / fraction)} s left` : ''
    const bar = '█'.repeat(full) + '░'.repeat(width - full)
    process.stderr.write(
      `\r\x1b[K${label} ${bar} ${String(Math.round(fraction * 100)).padStart(3)} % ${detail} ${left}`,
    )
  }
}

/** Columns aligned for a terminal; `null` is shown as `·`, a withheld value. */
export function table(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const text = rows.map((row) => row.map((cell) => (cell === null ? '·' : String(cell))))
  const width = columns.map((name, i) =>
    Math.max(name.length, ...text.map((row) => row[i]?.length ?? 0)),
  )
  const numeric = columns.map((_, i) => rows.some((row) => typeof row[i] === 'number'))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (numeric[i] ? cell.padStart(width[i] ?? 0) : cell.padEnd(width[i] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(columns), width.map((n) => '─'.repeat(n)).join('  '), ...text.map(line)].join('\n')
}
