// What a crash leaves of the simulated disk.
import { equalBytes } from '@reknit/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DiskFile, Runtime } from '../../src/index.js';
import { createWorld, type DiskFaults, type Machine, type World } from '../../src/simulated/index.js';

const SECTOR = 512;
const SECTORS = 4;

function setUp(seed: number, disk: Partial<DiskFaults> = {}): { world: World; machine: Machine; runtime: Runtime } {
  const world = createWorld({ seed, disk });
  const machine = world.machine('m');
  return { world, machine, runtime: machine.boot() };
}

/** A file of four sectors that is durable as a whole, name included. */
function durableFile(runtime: Runtime): DiskFile {
  runtime.disk.makeDirectory('/d');
  const file = runtime.disk.open('/d/f', 'create');
  file.preallocate(SECTORS * SECTOR);
  runtime.disk.syncDirectory('/d');
  return file;
}

interface Write {
  readonly kind: 'write' | 'write-and-sync' | 'write-and-crash';
  readonly at: number;
  readonly length: number;
  readonly value: number;
}
type Step = Write | { readonly kind: 'sync' } | { readonly kind: 'crash' };

const writes = fc.record({
  kind: fc.constantFrom('write' as const, 'write' as const, 'write-and-sync' as const, 'write-and-crash' as const),
  at: fc.integer({ min: 0, max: SECTORS * SECTOR - 1 }),
  length: fc.integer({ min: 1, max: 900 }),
  value: fc.integer({ min: 1, max: 255 }),
});
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(writes, fc.constant({ kind: 'sync' as const }), fc.constant({ kind: 'crash' as const })),
  {
    maxLength: 25,
  },
);

/** For each byte, what it may be after a crash. */
class Model {
  candidates: number[][] = Array.from({ length: SECTORS * SECTOR }, () => [0]);

  write(at: number, data: Uint8Array): void {
    for (const [index, value] of data.entries()) this.candidates[at + index]!.push(value);
  }

  syncSectors(from: number, to: number): void {
    for (let at = from - (from % SECTOR); at < Math.ceil(to / SECTOR) * SECTOR; at++)
      this.candidates[at] = [this.candidates[at]!.at(-1)!];
  }

  crashedTo(image: Uint8Array, granularity: 'sector' | 'byte'): void {
    expect(image.length).toBe(SECTORS * SECTOR);
    for (const [at, value] of image.entries()) {
      if (!this.candidates[at]!.includes(value)) throw new Error(`byte ${at} is ${value}, not one of ${this.candidates[at]}`);
    }
    if (granularity === 'sector') this.#assertWholeSectors(image);
    this.candidates = [...image].map((value) => [value]);
  }

  /** The newest or the oldest content: a sector arrives as it last was, or did not arrive. */
  #assertWholeSectors(image: Uint8Array): void {
    for (let at = 0; at < image.length; at += SECTOR) {
      const part = [...image.subarray(at, at + SECTOR)];
      const of = (index: 0 | -1): (number | undefined)[] =>
        this.candidates.slice(at, at + SECTOR).map((values) => values.at(index));
      const kept = part.every((value, index) => value === of(-1)[index]) || part.every((value, index) => value === of(0)[index]);
      if (!kept) throw new Error(`sector ${at / SECTOR} is torn`);
    }
  }
}

function runSteps(seed: number, all: readonly Step[], disk: Partial<DiskFaults>, granularity: 'sector' | 'byte'): void {
  const { world, machine, runtime } = setUp(seed, disk);
  const model = new Model();
  let file = durableFile(runtime);
  const crash = (): void => {
    machine.crash();
    file = machine.boot().disk.open('/d/f', 'write');
    model.crashedTo(file.read(0, 1e6), granularity);
    expect(equalBytes(machine.disk.durableFiles().get('/d/f')!, file.read(0, 1e6))).toBe(true);
  };
  for (const step of all) {
    if (step.kind === 'crash') crash();
    else if (step.kind === 'sync') {
      file.sync();
      model.syncSectors(0, SECTORS * SECTOR);
    } else {
      const data = new Uint8Array(Math.min(step.length, SECTORS * SECTOR - step.at)).fill(step.value);
      model.write(step.at, data);
      if (step.kind === 'write') file.write(step.at, data);
      else {
        let durable = false;
        file.writeAndSync(step.at, [data.subarray(0, 9), data.subarray(9)], (error) => {
          durable = error === undefined;
        });
        if (step.kind === 'write-and-crash') crash();
        else {
          while (!durable) world.step();
          model.syncSectors(step.at, step.at + data.length);
        }
      }
    }
  }
  crash();
}

describe('a crash', () => {
  test('keeps every byte that was synced, and of the rest whole sectors', () => {
    // A write under way may also have arrived in part when its process ended, so sectors are whole only without one.
    const property = fc.property(fc.integer(), steps, (seed, all) => {
      const whole = all.filter(({ kind }) => kind !== 'write-and-crash');
      runSteps(seed, whole, {}, 'sector');
    });
    fc.assert(property, { numRuns: 200 });
  });

  test('keeps every byte that was synced when writes are under way and sectors tear', () => {
    fc.assert(
      fc.property(fc.integer(), steps, (seed, all) => runSteps(seed, all, { tornSector: 0.5 }, 'byte')),
      { numRuns: 200 },
    );
  });

  test('loses and keeps what was not synced, sector by sector', () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const { machine, runtime } = setUp(seed);
      durableFile(runtime).write(0, new Uint8Array(2 * SECTOR).fill(1));
      machine.crash();
      const [first, second] = [0, SECTOR].map((at) => machine.disk.durableFiles().get('/d/f')![at]);
      outcomes.add(`${first}${second}`);
    }
    expect([...outcomes].sort()).toEqual(['00', '01', '10', '11']);
  });

  test('makes noise only where a torn sector was being written', () => {
    const { machine, runtime } = setUp(3, { keepSector: 1, tornSector: 1, garbage: 1 });
    const file = durableFile(runtime);
    file.write(0, new Uint8Array(100).fill(1));
    file.sync();
    file.write(100, new Uint8Array(50).fill(2));
    machine.crash();
    const image = machine.disk.durableFiles().get('/d/f')!;
    expect(image.subarray(0, 100)).toEqual(new Uint8Array(100).fill(1));
    expect(image.subarray(100, 150)).not.toEqual(new Uint8Array(50).fill(2));
    expect(image.subarray(150)).toEqual(new Uint8Array(SECTORS * SECTOR - 150));
  });

  test('may take the growth of a file, but never below what was synced', () => {
    const sizes = new Set<number>();
    for (let seed = 0; seed < 80; seed++) {
      const { machine, runtime } = setUp(seed);
      const file = durableFile(runtime);
      file.write(SECTORS * SECTOR, new Uint8Array(2000).fill(1));
      machine.crash();
      sizes.add(machine.disk.durableFiles().get('/d/f')!.length);
    }
    expect(Math.min(...sizes)).toBe(SECTORS * SECTOR);
    expect(Math.max(...sizes)).toBe(SECTORS * SECTOR + 2000);
    expect(sizes.size).toBeGreaterThan(2);
  });

  test('takes back a truncation that was not synced, whole or not at all', () => {
    const images = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const { machine, runtime } = setUp(seed);
      const file = durableFile(runtime);
      file.write(0, new Uint8Array(SECTORS * SECTOR).fill(1));
      file.sync();
      file.truncate(700);
      machine.crash();
      images.add(machine.disk.durableFiles().get('/d/f')!.join(''));
    }
    expect(images).toEqual(new Set(['1'.repeat(700), '1'.repeat(SECTORS * SECTOR)]));
  });

  test('of the process alone leaves the page cache', () => {
    const { machine, runtime } = setUp(1);
    durableFile(runtime).write(5, Uint8Array.of(42));
    machine.kill();
    expect(machine.boot().disk.open('/d/f', 'read').read(5, 1)).toEqual(Uint8Array.of(42));
    expect(machine.disk.durableFiles().get('/d/f')![5]).toBe(0);
  });
});

describe('names', () => {
  type NameStep = readonly ['create' | 'rename' | 'remove', string, string];
  const paths = ['/d/a', '/d/b', '/e/a', '/e/b'];
  const nameSteps: fc.Arbitrary<NameStep[]> = fc.array(
    fc.tuple(
      fc.constantFrom('create' as const, 'rename' as const, 'remove' as const),
      fc.constantFrom(...paths),
      fc.constantFrom(...paths),
    ),
    { maxLength: 20 },
  );

  function apply({ disk }: Runtime, [kind, path, other]: NameStep, value: number): void {
    if (kind === 'create' && !disk.exists(path)) {
      const file = disk.open(path, 'create');
      file.write(0, Uint8Array.of(value));
      file.sync();
    }
    if (kind === 'rename' && disk.exists(path)) disk.rename(path, other);
    if (kind === 'remove' && disk.exists(path)) disk.remove(path);
  }

  const contents = ({ disk }: Runtime): Record<string, number | undefined> =>
    Object.fromEntries(paths.map((path) => [path, disk.exists(path) ? disk.open(path, 'read').read(0, 1)[0] : undefined]));

  function start(seed: number): { machine: Machine; runtime: Runtime } {
    const { machine, runtime } = setUp(seed);
    runtime.disk.makeDirectory('/d');
    runtime.disk.makeDirectory('/e');
    return { machine, runtime };
  }

  test('are exactly as they were after both directories were synced', () => {
    const property = fc.property(fc.integer(), nameSteps, (seed, all) => {
      const { machine, runtime } = start(seed);
      all.forEach((step, index) => {
        apply(runtime, step, index + 1);
      });
      runtime.disk.syncDirectory('/d');
      runtime.disk.syncDirectory('/e');
      const before = contents(runtime);
      machine.crash();
      expect(contents(machine.boot())).toEqual(before);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test('that were synced and not touched since survive whatever happens beside them', () => {
    const property = fc.property(fc.integer(), nameSteps, (seed, all) => {
      const { machine, runtime } = start(seed);
      apply(runtime, ['create', '/d/a', ''], 99);
      runtime.disk.syncDirectory('/d');
      const untouching = all.filter(([, path, other]) => path !== '/d/a' && other !== '/d/a');
      untouching.forEach((step, index) => {
        apply(runtime, step, index + 1);
      });
      machine.crash();
      expect(contents(machine.boot())['/d/a']).toBe(99);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test('of a rename that was not synced are the old or the new ones, and both happen', () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const { machine, runtime } = start(seed);
      apply(runtime, ['create', '/d/a', ''], 1);
      apply(runtime, ['create', '/d/b', ''], 2);
      runtime.disk.syncDirectory('/d');
      runtime.disk.rename('/d/a', '/d/b');
      machine.crash();
      const { '/d/a': a, '/d/b': b } = contents(machine.boot());
      outcomes.add(`${a} ${b}`);
    }
    expect([...outcomes].sort()).toEqual(['1 2', 'undefined 1']);
  });

  test('given to a new file after a rename never cost the old file, though nothing was synced', () => {
    for (let seed = 0; seed < 60; seed++) {
      const { machine, runtime } = start(seed);
      apply(runtime, ['create', '/d/a', ''], 1);
      runtime.disk.syncDirectory('/d');
      runtime.disk.rename('/d/a', '/d/b');
      apply(runtime, ['create', '/d/a', ''], 2);
      machine.crash();
      expect(Object.values(contents(machine.boot()))).toContain(1);
    }
  });

  test('of new files may vanish though their content was synced', () => {
    const outcomes = new Set<boolean>();
    for (let seed = 0; seed < 40; seed++) {
      const { machine, runtime } = start(seed);
      apply(runtime, ['create', '/d/a', ''], 1);
      machine.crash();
      outcomes.add(machine.boot().disk.exists('/d/a'));
    }
    expect(outcomes).toEqual(new Set([true, false]));
  });
});
