// The log's random life, and, at another time, one flipped bit: all that was acknowledged is there or named as damaged, or the
// log is refused with not a byte of it changed.
import { deepStrictEqual, ok } from 'node:assert/strict';
import { createWorld } from '@reknit/runtime/simulated';
import type { GroupId, Wal } from '@reknit/wal';
import fc from 'fast-check';
import { runScenario, scenario } from '../../../packages/wal/test/crash-run.js';
import { allReadable, appendOf, Bench, contentOf, entryOf, identityOf } from '../../../packages/wal/test/support.js';
import { hunter, messageOf } from '../hunter.js';

const KEEP_SECTOR = [0, 0.5, 1] as const;
const ENTRIES = 10;
/** So that what is flipped is content, more often than not. */
const PAYLOAD_BYTES = 900;

hunter<'log'>((_ground, seed) => {
  try {
    const [life] = fc.sample(scenario, { seed, numRuns: 1 });
    runScenario(life!, KEEP_SECTOR[seed % KEEP_SECTOR.length]!);
    flipOneBit(seed);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
});

function flipOneBit(seed: number): void {
  const { bench, content } = written();
  const prng = createWorld({ seed }).prng('rot');
  const segments = bench.segments();
  const path = segments[prng.below(segments.length)]!;
  const offset = prng.below(ENTRIES * (PAYLOAD_BYTES + 600));
  if (offset >= bench.files().get(path)!.length) return;
  bench.machine.disk.corrupt(path, offset, 1 << prng.below(8));
  const before = bench.fingerprint();
  const opened = bench.tryOpen();
  if (opened.ok) allThereOrNamed(opened.wal, content);
  else deepStrictEqual(bench.fingerprint(), before);
}

/** One bit damages one entry at most. */
function allThereOrNamed(wal: Wal, content: readonly string[]): void {
  const log = wal.groups.get(1 as GroupId)!;
  const { damaged } = log;
  ok(damaged.length < 2, `entries ${damaged.join()} are named as damaged`);
  deepStrictEqual(
    allReadable(log),
    content.filter((_, at) => !damaged.includes(at + 1)),
  );
}

function written(): { bench: Bench; content: string[] } {
  const bench = new Bench({ segmentBytes: 16 * 1024 });
  const wal = bench.open();
  wal.createGroup(identityOf(1), { index: 0, round: 0 });
  for (let index = 1; index <= ENTRIES; index++) {
    const hardState = { round: index, vote: 'node-1', history: 0, commit: index - 1 };
    bench.write(wal, appendOf(1, { entries: [entryOf(index, index, String(index % 10).repeat(PAYLOAD_BYTES))], hardState }));
  }
  const content = contentOf(wal, 1);
  bench.machine.kill();
  return { bench, content };
}
