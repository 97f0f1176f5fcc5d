// The table of starts.
import type { StartResult } from './results.js';
import { median } from './statistics.js';
import { table, whole } from './table.js';

export function renderStart({ samples, systems }: StartResult): string {
  const sizes = [...new Set(samples.map(({ members }) => members))];
  const rows = sizes.flatMap((size) =>
    systems.flatMap(({ name }) => {
      const times = samples.filter(({ system, members }) => system === name && members === size).map(({ readyMs }) => readyMs);
      const label = `${size === 1 ? 'one member' : `${size} members at once`}: ${name}`;
      return times.length === 0
        ? []
        : [[label, ...[Math.min(...times), median(times), Math.max(...times)].map(whole), `${times.length}`]];
    }),
  );
  return table(['start → a write through every member', 'min ms', 'median ms', 'max ms', 'rounds'], rows);
}
