// Appends batches of entries through a real disk and prints entries per second and CPU time per entry, for one batch at a
// time and for several in flight, and the same for slots. Needs a build. Run: node packages/wal/bench/append.mjs [directory]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeClock, createNodeDisk } from '@reknit/runtime/node';
import { openWal } from '@reknit/wal';

const PAYLOAD_BYTES = 300;
const BATCH = 100;
const BATCHES = 4000;
const identity = { group: 1, branch: '0123456789abcdef', epoch: 1 };

function run(directory, inFlight, slots) {
  return new Promise((resolve, reject) => {
    const opened = openWal(
      { disk: createNodeDisk(), clock: createNodeClock() },
      { directory, incarnation: 'bench', onFatal: reject },
    );
    const { wal } = opened;
    wal.createGroup(identity, { index: 0, round: 0 });
    const payloads = Array.from({ length: BATCH }, () => new Uint8Array(PAYLOAD_BYTES).fill(7));
    let sent = 0;
    let done = 0;
    const started = performance.now();
    const cpu = process.cpuUsage();
    const send = () => {
      const first = sent++ * BATCH + 1;
      const entries = payloads.map((payload, at) =>
        slots
          ? { index: first + at, round: 1, ballot: 1, kind: 'normal', payload }
          : { index: first + at, round: 1, kind: 'normal', payload },
      );
      wal.append([{ ...identity, truncateFrom: undefined, entries, hardState: undefined }], acknowledged);
    };
    const acknowledged = () => {
      done++;
      if (done % 500 === 0) wal.setBase({ ...identity, index: (done - 100) * BATCH, round: 1 }, () => {});
      if (sent < BATCHES) send();
      else if (done === BATCHES) finish();
    };
    const finish = () => {
      const { user, system } = process.cpuUsage(cpu);
      const seconds = (performance.now() - started) / 1000;
      const entries = BATCHES * BATCH;
      const { syncs, segments } = wal.statistics();
      wal.close();
      resolve({
        what: slots ? 'slots' : 'entries',
        inFlight,
        entriesPerSecond: Math.round(entries / seconds),
        cpuMicrosPerEntry: +((user + system) / entries).toFixed(2),
        syncs,
        msPerSync: +((seconds * 1000) / syncs).toFixed(3),
        segments,
      });
    };
    for (let at = 0; at < inFlight; at++) send();
  });
}

const parent = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'reknit-wal-bench-'));
for (const inFlight of [1, 4, 16, 1, 4, 16])
  for (const slots of [false, true])
    console.log(JSON.stringify(await run(join(parent, `${inFlight}-${performance.now()}`), inFlight, slots)));
rmSync(parent, { recursive: true });
