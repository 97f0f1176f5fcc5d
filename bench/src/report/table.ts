// Tables of text: aligned for a terminal, or as Markdown, which is both.

/** The first column is text, the others are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (column === 0 ? (cells[column] ?? '').padEnd(width) : (cells[column] ?? '').padStart(width))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** With separators of thousands. */
export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

export const fixed = (value: number, digits: number): string => value.toFixed(digits);

/** Microseconds as milliseconds. */
export const milliseconds = (micros: number): string => fixed(micros / 1000, micros < 10_000 ? 2 : 0);
