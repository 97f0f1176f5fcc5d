// Determinism, and the life and death of simulated processes.
import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../src/index.js';
import { createWorld, ProcessEndedError, type World } from '../../src/simulated/index.js';

const MACHINES = ['a', 'b', 'c'];

/** Gossips, writes and crashes at random: a little of everything. */
function busyWorld(seed: number, log?: string[]): World {
  const world = createWorld({
    seed,
    network: { loss: 0.05, duplication: 0.05, reorder: 0.05, clog: 0.01, damage: 0.002 },
    disk: { tornSector: 0.2 },
    trace: (time, machine, kind, detail) => log?.push(`${time} ${machine} ${kind} ${detail}`),
  });
  for (const name of MACHINES) startGossip(name, world.machine(name).boot());
  const nemesis = world.prng('nemesis');
  const strike = (): void => {
    const name = MACHINES[nemesis.below(MACHINES.length)]!;
    const machine = world.machine(name);
    const dice = nemesis.next();
    if (dice < 0.3) machine.pause(50);
    else if (dice < 0.5) world.cut(name, MACHINES[(MACHINES.indexOf(name) + 1) % MACHINES.length]!);
    else if (dice < 0.75) world.heal();
    else {
      machine.crash(nemesis.chance(0.5) ? 'ended' : 'silent');
      startGossip(name, machine.boot());
    }
    world.after(100, strike);
  };
  world.after(100, strike);
  return world;
}

function startGossip(name: string, { clock, disk, network, random }: Runtime): void {
  const file = disk.open(`/${name}`, disk.exists(`/${name}`) ? 'write' : 'create');
  network.listen(
    `${name}:1`,
    (session) => ({ onFrame: (frame) => session.send([frame]), onClose: () => {} }),
    () => {},
  );
  const gossip = (): void => {
    const to = MACHINES[Math.floor(random.next() * MACHINES.length)]!;
    const session = network.connect(`${to}:1`, { onFrame: () => session.close(), onClose: () => {} });
    session.send([random.bytes(20)]);
    file.writeAndSync(file.size(), [random.bytes(30)], () => clock.after(5, gossip));
  };
  clock.after(random.next() * 5, gossip);
}

describe('a world', () => {
  test('of the same seed runs the same, event for event; of another it does not', () => {
    const logs: string[][] = [[], [], []];
    const worlds = [3, 3, 4].map((seed, index) => busyWorld(seed, logs[index]));
    for (const world of worlds) world.run(3000);
    const [first, second, other] = worlds.map((world) => world.traceDigest());
    expect(logs[0]!.length).toBeGreaterThan(5000);
    expect(second).toBe(first);
    expect(logs[1]).toEqual(logs[0]);
    expect(other).not.toBe(first);
    const images = worlds.map((world) => MACHINES.map((name) => [...world.machine(name).disk.durableFiles()]));
    expect(images[1]).toEqual(images[0]);
  });

  test('has a digest that does not depend on being listened to', () => {
    const heard = busyWorld(9, []);
    const unheard = busyWorld(9);
    heard.run(500);
    unheard.run(500);
    expect(unheard.traceDigest()).toBe(heard.traceDigest());
  });

  test('runs to the instant it is told, and no further', () => {
    const world = createWorld({ seed: 1 });
    const seen: number[] = [];
    for (const delay of [10, 20, 20, 30]) world.after(delay, () => seen.push(world.now));
    world.run(20);
    expect([world.now, seen]).toEqual([20, [10, 20, 20]]);
    world.run(25);
    expect(world.now).toBe(25);
    expect([world.step(), world.now, world.step()]).toEqual([true, 30, false]);
  });

  test('refuses a loop in which no time passes', () => {
    const world = createWorld({ seed: 1 });
    const { clock } = world.machine('a').boot();
    const again = (): void => clock.soon(again);
    again();
    expect(() => world.run(1)).toThrow(/virtual time passes/);
  });
});

describe('a process', () => {
  test('that has ended does nothing more', () => {
    const world = createWorld({ seed: 1 });
    const machine = world.machine('a');
    const { clock, disk } = machine.boot();
    const seen: string[] = [];
    const file = disk.open('/f', 'create');
    clock.after(1, () => seen.push('timer'));
    clock.soon(() => seen.push('soon'));
    file.writeAndSync(0, [Uint8Array.of(1)], () => seen.push('written'));
    machine.crash();
    world.run(100);
    expect(seen).toEqual([]);
    expect(() => disk.exists('/f')).toThrow(ProcessEndedError);
  });

  test('that meets a fatal fault ends there, and only it', () => {
    const world = createWorld({ seed: 1 });
    const machine = world.machine('a');
    const seen: unknown[] = [];
    const { clock, fatal } = machine.boot({
      onFatal: (reason, cause) => seen.push(reason, cause),
      onEnd: (exit) => seen.push(exit),
    });
    clock.after(1, () => {
      fatal('the disk lies', 'cause');
    });
    clock.after(1, () => seen.push('after'));
    world.run(10);
    expect(seen).toEqual(['the disk lies', 'cause', { code: 70, signal: undefined }]);
    expect(machine.state).toBe('ended');
    machine.boot();
    expect(machine.state).toBe('running');
  });

  test('that throws ends the simulation, not in silence', () => {
    const world = createWorld({ seed: 1 });
    world
      .machine('a')
      .boot()
      .clock.soon(() => {
        throw new Error('a bug');
      });
    expect(() => world.run(1)).toThrow('a bug');
  });

  test('that is stopped gets its timers late, in order', () => {
    const world = createWorld({ seed: 1 });
    const machine = world.machine('a');
    const { clock } = machine.boot();
    const seen: [number, number][] = [];
    for (const delay of [30, 10, 20]) clock.after(delay, () => seen.push([delay, world.now]));
    world.run(5);
    machine.pause(20);
    world.run(100);
    expect(seen).toEqual([
      [10, 25],
      [20, 25],
      [30, 30],
    ]);
  });

  test('that was stopped meets its due timers before what arrived meanwhile, as an event loop does', () => {
    const world = createWorld({ seed: 1 });
    const machine = world.machine('a');
    const { clock } = machine.boot();
    const seen: string[] = [];
    clock.after(20, () => seen.push('timer'));
    machine.pause(30);
    world.run(10);
    machine.arrive(() => seen.push('arrival'));
    world.run(100);
    expect(seen).toEqual(['timer', 'arrival']);
  });

  test("has a monotonic clock that goes at its machine's rate, and so do its timers", () => {
    const world = createWorld({ seed: 1 });
    const machine = world.machine('a');
    machine.clockRate = 1.25;
    const { clock } = machine.boot();
    const seen: number[] = [];
    clock.after(1000, () => seen.push(world.now, clock.now()));
    world.run(2000);
    expect(seen).toEqual([800, 1000]);
  });

  test('sees the wall clock of its machine and a monotonic clock of its own', () => {
    const world = createWorld({ seed: 1 });
    const { clock: right } = world.machine('a').boot();
    world.run(1000);
    const late = world.machine('b');
    late.wallOffsetMs = -500;
    const { clock: wrong } = late.boot();
    expect([right.now(), wrong.now(), right.wall() - wrong.wall()]).toEqual([1000, 0, 500]);
  });
});

describe('child processes', () => {
  test('live on their own, are found by identity, and are stopped, continued, killed and watched', () => {
    const world = createWorld({ seed: 1 });
    const machine = world.machine('a');
    const parent = machine.boot();
    const ticks: number[] = [];
    world.program('ticker', ({ clock }, args) => {
      const tick = (): void => {
        ticks.push(world.now);
        clock.after(Number(args[0]), tick);
      };
      tick();
    });
    const exits: unknown[] = [];
    const child = parent.processes.spawn({ command: 'ticker', args: ['10'], logFile: '' }, (exit) => exits.push(exit));
    world.run(25);
    machine.kill();
    const { processes } = machine.boot();
    const gone: string[] = [];
    processes.watch(child, () => gone.push('seen'));
    processes.watch(child, () => gone.push('unseen'))();
    expect([processes.identify(child.pid), processes.state(child)]).toEqual([child, 'running']);
    processes.signal(child, 'SIGSTOP');
    world.run(60);
    expect([processes.state(child), ticks.length]).toEqual(['stopped', 3]);
    processes.signal(child, 'SIGCONT');
    world.run(75);
    expect(ticks.length).toBe(5);
    expect(processes.signal(child, 'SIGKILL')).toBe(true);
    expect(processes.signal(child, 'SIGKILL')).toBe(false);
    world.run(100);
    expect([processes.state(child), processes.identify(child.pid), gone, exits]).toEqual(['gone', undefined, ['seen'], []]);
    expect(() => processes.spawn({ command: 'none', args: [], logFile: '' }, () => {})).toThrow(/no such program/);
  });

  test('report their exit to a parent that lives', () => {
    const world = createWorld({ seed: 1 });
    const exits: unknown[] = [];
    world.program('fails', ({ clock, fatal }) => void clock.after(3, () => fatal('broken')));
    const { processes } = world.machine('a').boot();
    processes.spawn({ command: 'fails', args: [], logFile: '' }, (exit) => exits.push(exit));
    expect(exits).toEqual([]);
    world.run(10);
    expect(exits).toEqual([{ code: 70, signal: undefined }]);
  });
});
