// Pages in memory whose writes become durable one by one, when the test says so.

import { toHex } from '@reknit/base';
import { type MemoryPagesHome, memoryPagesHome, type PagesView, type PageWrite } from '@reknit/mvcc';

export interface CrashingHome extends MemoryPagesHome {
  /** Finishes what is under way, and what that begins. */
  settle(): void;
  /** Finishes the oldest write under way; false when there is none. */
  settleOne(): boolean;
}

export function crashingHome(): CrashingHome {
  const due: (() => void)[] = [];
  const home = memoryPagesHome({ schedule: (run) => due.push(run) });
  const settleOne = (): boolean => {
    const run = due.shift();
    run?.();
    return run !== undefined;
  };
  return {
    openCurrent: () => home.openCurrent(),
    create: () => home.create(),
    promote: (done) => home.promote(done),
    crash: (survivors?: (writes: readonly PageWrite[]) => number) => home.crash(survivors),
    settleOne,
    settle: () => {
      while (settleOne());
    },
  };
}

/** Everything in the named tables, as text. */
export function dump(view: PagesView, tables: readonly string[]): string[] {
  return tables.flatMap((table) => [...view.range(table, {})].map(([key, value]) => `${table} ${toHex(key)} ${toHex(value)}`));
}
