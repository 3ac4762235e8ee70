/** Columns as Go's tabwriter makes them with a least width and a padding; the last cell of a row is not padded. */
export function table(header: readonly string[], rows: readonly (readonly string[])[], minWidth = 20, padding = 3): string {
  const all = [header, ...rows];
  const widths = header.map((_, i) => Math.max(minWidth, ...all.map((row) => (row[i]?.length ?? 0) + padding)));
  return all.map((row) => `${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] as number))).join('')}\n`).join('');
}
