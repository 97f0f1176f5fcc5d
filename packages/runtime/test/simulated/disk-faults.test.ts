// The faults of the simulated disk that are switched on, and what its users see of them.
import { describe, expect, test } from 'vitest';
import { DiskError, type DiskFile } from '../../src/index.js';
import { createWorld, type DiskFaults, type Machine, type World } from '../../src/simulated/index.js';

function setUp({ seed = 11, ...disk }: Partial<DiskFaults> & { readonly seed?: number } = {}): {
  world: World;
  machine: Machine;
  file: DiskFile;
} {
  const world = createWorld({ seed, disk });
  const machine = world.machine('m');
  const runtime = machine.boot();
  runtime.disk.makeDirectory('/d');
  const file = runtime.disk.open('/d/f', 'create');
  runtime.disk.syncDirectory('/d');
  return { world, machine, file };
}

function writeAndSync(world: World, file: DiskFile, data: Uint8Array): { error: DiskError | undefined; took: number } {
  const start = world.now;
  const results: (DiskError | undefined)[] = [];
  file.writeAndSync(0, [data], (error) => results.push(error));
  while (results.length === 0) world.step();
  return { error: results[0], took: world.now - start };
}

describe('a failed sync', () => {
  test('poisons the file and loses the write, even when a later sync succeeds', () => {
    const { world, machine, file } = setUp();
    file.preallocate(4096);
    machine.disk.failNextSync();
    expect(writeAndSync(world, file, Uint8Array.of(1)).error?.code).toBe('io');
    expect(() => file.read(0, 1)).toThrow(/failed sync/);
    machine.kill();
    const again = machine.boot().disk.open('/d/f', 'write');
    expect(again.read(0, 1)).toEqual(Uint8Array.of(1));
    again.sync();
    machine.crash();
    expect(machine.boot().disk.open('/d/f', 'read').read(0, 1)).toEqual(Uint8Array.of(0));
  });

  test('is mended by writing again', () => {
    const { machine, file } = setUp();
    file.preallocate(4096);
    file.write(0, Uint8Array.of(1));
    machine.disk.failNextSync();
    expect(() => file.sync()).toThrow(DiskError);
    const again = machine.kill() ?? machine.boot().disk.open('/d/f', 'write');
    again.write(0, Uint8Array.of(1));
    again.sync();
    machine.crash();
    expect(machine.boot().disk.open('/d/f', 'read').read(0, 1)).toEqual(Uint8Array.of(1));
  });
});

test('what a failed sync lost never comes back by itself, also where it is written over and that is lost too', () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 30; seed++) {
    const { machine, file } = setUp({ seed });
    file.preallocate(4096);
    file.write(0, Uint8Array.of(1));
    machine.disk.failNextSync();
    expect(() => file.sync()).toThrow(DiskError);
    machine.kill();
    machine.boot().disk.open('/d/f', 'write').write(0, Uint8Array.of(2));
    machine.crash();
    seen.add(machine.boot().disk.open('/d/f', 'read').read(0, 1)[0]!);
  }
  expect([...seen].sort()).toEqual([0, 2]);
});

describe('a full disk', () => {
  test('refuses growth, and nothing within preallocated space', () => {
    const { world, machine, file } = setUp({ capacityBytes: 10_000 });
    file.preallocate(8_000);
    expect(() => file.preallocate(12_000)).toThrow(expect.objectContaining({ code: 'no-space' }));
    expect(file.size()).toBe(8_000);
    machine.disk.capacityBytes = 8_000;
    expect(writeAndSync(world, file, new Uint8Array(8_000)).error).toBeUndefined();
    expect(writeAndSync(world, file, new Uint8Array(8_001)).error?.code).toBe('no-space');
  });
});

describe('a slow disk', () => {
  test('takes longer by its factor', () => {
    const { world, machine, file } = setUp({ syncMinMs: 1, syncTailMs: 0 });
    expect(writeAndSync(world, file, Uint8Array.of(1)).took).toBeCloseTo(1, 3);
    machine.disk.slowFactor = 500;
    expect(writeAndSync(world, file, Uint8Array.of(1)).took).toBeCloseTo(500, 0);
  });
});

describe('corruption at rest', () => {
  test('changes the byte and nothing else, durably', () => {
    const { world, machine, file } = setUp();
    writeAndSync(world, file, Uint8Array.of(1, 2, 3));
    machine.disk.corrupt('/d/f', 1, 0x80);
    machine.crash();
    expect(machine.boot().disk.open('/d/f', 'read').read(0, 9)).toEqual(Uint8Array.of(1, 0x82, 3));
  });

  test('a wiped disk is empty', () => {
    const { machine } = setUp();
    machine.crash();
    machine.disk.wipe();
    expect(machine.boot().disk.list('/')).toEqual([]);
  });
});

test('a lock is free once its holder has ended, not before', () => {
  const world = createWorld({ seed: 1 });
  const machine = world.machine('m');
  const first = machine.boot();
  const taken: boolean[] = [];
  world.program('rival', (runtime) => taken.push(runtime.disk.lock('/lock')));
  expect(first.disk.lock('/lock')).toBe(true);
  const spawnRival = (runtime = first): void =>
    void runtime.processes.spawn({ command: 'rival', args: [], logFile: '' }, () => {});
  spawnRival();
  world.run(1);
  machine.kill();
  spawnRival(machine.boot());
  world.run(2);
  expect(taken).toEqual([false, true]);
});
