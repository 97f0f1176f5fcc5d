import { visibleLength } from './terminal.js';

const GAP = '  ';

/** Columns as wide as their widest cell; the last one is left ragged. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[], indent: string = ''): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => visibleLength(row[column] ?? ''))));
  return all.map((row) =>
    `${indent}${row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column]!))).join(GAP)}`.trimEnd(),
  );
}

export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - visibleLength(text)));

/** Breaks at spaces so that no line is longer than `width`; following lines begin with `indent`. */
export function wrap(text: string, width: number, indent: string): readonly string[] {
  const lead = /^ */.exec(text)![0];
  const lines: string[] = [];
  let line = lead;
  let empty = true;
  for (const word of text.slice(lead.length).split(' ')) {
    if (!empty && visibleLength(line) + 1 + visibleLength(word) > width) {
      lines.push(line);
      line = indent + word;
    } else line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}
