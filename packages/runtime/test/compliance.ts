// What every implementation of the runtime promises, as tests. An implementation passes a way to make a harness.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CloseReason, DiskError, MAX_FRAME_BYTES, type Runtime, type Session, type SessionHandlers } from '../src/index.js';

export interface Harness {
  /** Two processes that reach each other, maybe the same. */
  readonly client: Runtime;
  readonly server: Runtime;
  /** An empty directory of the client. */
  readonly directory: string;
  /** An address of the server that nobody listens on. */
  address(): Promise<string>;
  /** Lets time pass until this holds. */
  until(condition: () => boolean): Promise<void>;
  dispose(): void;
}

export function describeRuntime(name: string, createHarness: () => Promise<Harness>): void {
  describe(name, () => {
    let harness: Harness;
    beforeEach(async () => {
      harness = await createHarness();
    });
    afterEach(() => harness.dispose());
    describe('clock', () => clockTests(() => harness));
    describe('disk', () => diskTests(() => harness));
    describe('network', () => networkTests(() => harness));
  });
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

function clockTests(harness: () => Harness): void {
  test('timers come in the order of their due times and never early', async () => {
    const { client, until } = harness();
    const start = client.clock.now();
    const seen: { delay: number; after: number }[] = [];
    for (const delay of [12, 3.5, 7, 0]) {
      client.clock.after(delay, () => seen.push({ delay, after: client.clock.now() - start }));
    }
    expect(seen).toEqual([]);
    await until(() => seen.length === 4);
    expect(seen.map(({ delay }) => delay)).toEqual([0, 3.5, 7, 12]);
    for (const { delay, after } of seen) expect(after).toBeGreaterThanOrEqual(delay - 1e-9);
  });

  test('a cancelled timer never comes', async () => {
    const { client, until } = harness();
    let cancelled = 0;
    let done = false;
    const timer = client.clock.after(1, () => cancelled++);
    timer.cancel();
    timer.cancel();
    client.clock.after(5, () => {
      done = true;
    });
    await until(() => done);
    expect(cancelled).toBe(0);
  });

  test('soon comes after the turn, in order, before any timer', async () => {
    const { client, until } = harness();
    const seen: string[] = [];
    client.clock.after(2, () => seen.push('timer'));
    client.clock.soon(() => seen.push('first'));
    client.clock.soon(() => seen.push('second'));
    expect(seen).toEqual([]);
    await until(() => seen.length === 3);
    expect(seen).toEqual(['first', 'second', 'timer']);
  });

  test('random numbers lie in [0, 1) and random bytes differ', () => {
    const { random } = harness().client;
    const numbers = Array.from({ length: 1000 }, () => random.next());
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(990);
    expect(random.bytes(32)).toHaveLength(32);
    expect(random.bytes(32)).not.toEqual(random.bytes(32));
  });
}

function diskTests(harness: () => Harness): void {
  const codeOf = (action: () => unknown): string => {
    try {
      action();
    } catch (error) {
      if (error instanceof DiskError) return error.code;
      throw error;
    }
    return 'no error';
  };

  test('what is written is read, and what is read is the reader’s', () => {
    const { client, directory } = harness();
    const file = client.disk.open(`${directory}/f`, 'create');
    file.write(3, bytes(1, 2, 3));
    file.read(3, 3).fill(9);
    expect(file.read(0, 100)).toEqual(bytes(0, 0, 0, 1, 2, 3));
    expect(file.read(4, 1)).toEqual(bytes(2));
    expect(file.read(6, 4)).toEqual(bytes());
    expect(file.read(60, 4)).toEqual(bytes());
    expect(file.size()).toBe(6);
    file.sync();
    file.close();
    const again = client.disk.open(`${directory}/f`, 'read');
    expect(again.read(3, 9)).toEqual(bytes(1, 2, 3));
    again.close();
  });

  test('writeAndSync writes its chunks one after the other and calls back later, once', async () => {
    const { client, directory, until } = harness();
    const file = client.disk.open(`${directory}/f`, 'create');
    const done: unknown[] = [];
    file.writeAndSync(2, [bytes(1, 2), bytes(), bytes(3)], (error) => done.push(error));
    expect(done).toEqual([]);
    expect(() => file.writeAndSync(9, [bytes(1)], () => {})).toThrow(/one write is under way/);
    await until(() => done.length > 0);
    expect(done).toEqual([undefined]);
    expect(file.read(0, 10)).toEqual(bytes(0, 0, 1, 2, 3));
    file.writeAndSync(5, [bytes(4)], (error) => done.push(error));
    await until(() => done.length > 1);
    expect(file.read(4, 10)).toEqual(bytes(3, 4));
    file.close();
  });

  test('preallocation adds zeroes and keeps what is there; truncation forgets it', () => {
    const { client, directory } = harness();
    const file = client.disk.open(`${directory}/f`, 'create');
    file.write(0, bytes(7, 7));
    file.preallocate(5000);
    expect(file.size()).toBe(5000);
    expect(file.read(0, 4)).toEqual(bytes(7, 7, 0, 0));
    expect(file.read(4990, 100)).toEqual(new Uint8Array(10));
    file.preallocate(100);
    expect(file.size()).toBe(5000);
    file.truncate(1);
    file.truncate(3);
    expect(file.read(0, 10)).toEqual(bytes(7, 0, 0));
    file.close();
  });

  test('names follow creation, rename and removal', () => {
    const { disk } = harness().client;
    const { directory } = harness();
    disk.makeDirectory(`${directory}/x/y`);
    disk.makeDirectory(`${directory}/x/y`);
    for (const name of ['b', 'a']) {
      const file = disk.open(`${directory}/x/${name}`, 'create');
      file.write(0, bytes(name.charCodeAt(0)));
      file.close();
    }
    expect(disk.list(`${directory}/x`)).toEqual(['a', 'b', 'y']);
    disk.rename(`${directory}/x/a`, `${directory}/x/b`);
    disk.rename(`${directory}/x/b`, `${directory}/x/y/c`);
    disk.syncDirectory(`${directory}/x`);
    expect(disk.exists(`${directory}/x/b`)).toBe(false);
    expect(disk.open(`${directory}/x/y/c`, 'read').read(0, 9)).toEqual(bytes('a'.charCodeAt(0)));
    disk.remove(`${directory}/x/y/c`);
    disk.remove(`${directory}/x/y`);
    expect(disk.list(`${directory}/x`)).toEqual([]);
  });

  test('faults have codes', () => {
    const { disk } = harness().client;
    const { directory } = harness();
    disk.open(`${directory}/f`, 'create').close();
    expect(codeOf(() => disk.open(`${directory}/f`, 'create'))).toBe('exists');
    expect(codeOf(() => disk.open(`${directory}/g`, 'read'))).toBe('not-found');
    expect(codeOf(() => disk.open(`${directory}/g`, 'write'))).toBe('not-found');
    expect(codeOf(() => disk.open(`${directory}/none/g`, 'create'))).toBe('not-found');
    expect(codeOf(() => disk.list(`${directory}/none`))).toBe('not-found');
    expect(codeOf(() => disk.remove(`${directory}/g`))).toBe('not-found');
    expect(codeOf(() => disk.rename(`${directory}/g`, `${directory}/h`))).toBe('not-found');
    expect(codeOf(() => disk.makeDirectory(`${directory}/f`))).toBe('exists');
  });

  test('misuse is a broken invariant', () => {
    const { client, directory } = harness();
    const file = client.disk.open(`${directory}/f`, 'create');
    file.close();
    expect(() => file.size()).toThrow(/closed file/);
    const reader = client.disk.open(`${directory}/f`, 'read');
    expect(() => reader.write(0, bytes(1))).toThrow(/opened for writing/);
    reader.close();
  });

  test('the holder of a lock may take it again', () => {
    const { client, directory } = harness();
    expect(client.disk.lock(`${directory}/lock`)).toBe(true);
    expect(client.disk.lock(`${directory}/lock`)).toBe(true);
    expect(client.disk.freeBytes(directory)).toBeGreaterThan(0);
  });
}

interface Recorded {
  readonly handlers: SessionHandlers;
  readonly frames: Uint8Array[];
  readonly closes: CloseReason[];
  opens: number;
}

function record(): Recorded {
  const recorded: Recorded = {
    frames: [],
    closes: [],
    opens: 0,
    handlers: {
      onOpen: () => recorded.opens++,
      onFrame: (frame) => recorded.frames.push(frame),
      onClose: (reason) => recorded.closes.push(reason),
    },
  };
  return recorded;
}

function networkTests(harness: () => Harness): void {
  /** A listening server whose sessions are recorded, and a client connected to it. */
  async function connected(): Promise<{ near: Recorded; far: Recorded; session: Session; remote: Session; address: string }> {
    const { client, server, until } = harness();
    const address = await harness().address();
    const near = record();
    const far = record();
    const remotes: Session[] = [];
    const accept = (remote: Session): SessionHandlers => {
      remotes.push(remote);
      return far.handlers;
    };
    await listening(server, address, accept);
    const session = client.network.connect(address, near.handlers);
    expect(near.opens).toBe(0);
    await until(() => near.opens === 1 && remotes.length === 1);
    return { near, far, session, remote: remotes[0]!, address };
  }

  async function listening(server: Runtime, address: string, accept: (session: Session) => SessionHandlers): Promise<() => void> {
    const results: (Error | undefined)[] = [];
    const listener = server.network.listen(address, accept, (error) => results.push(error));
    expect(results).toEqual([]);
    await harness().until(() => results.length === 1);
    if (results[0] !== undefined) throw results[0];
    return () => listener.close();
  }

  test('frames arrive whole and in order, both ways', async () => {
    const { near, far, session, remote } = await connected();
    const sizes = [0, 1, 7, 300, 65_536, 5, 1_000_003, 2];
    for (const size of sizes) {
      session.send([new Uint8Array(size).fill(size)]);
      remote.send([new Uint8Array(size).fill(size + 1)]);
    }
    await harness().until(() => far.frames.length === sizes.length && near.frames.length === sizes.length);
    expect(far.frames.map((frame) => [frame.length, frame.at(-1)])).toEqual(
      sizes.map((size) => [size, size === 0 ? undefined : size & 255]),
    );
    expect(near.frames.map((frame) => [frame.length, frame[0]])).toEqual(
      sizes.map((size) => [size, size === 0 ? undefined : (size + 1) & 255]),
    );
    expect(session.bufferedBytes).toBe(0);
  });

  test('the chunks of one send are one frame', async () => {
    const { far, session } = await connected();
    session.send([bytes(1), bytes(), bytes(2, 3)]);
    expect(session.bufferedBytes).toBeGreaterThan(0);
    await harness().until(() => far.frames.length === 1);
    expect([...far.frames[0]!]).toEqual([1, 2, 3]);
  });

  test('what is sent before the session is open arrives once it is', async () => {
    const { client, server, until } = harness();
    const address = await harness().address();
    const far = record();
    await listening(server, address, () => far.handlers);
    const session = client.network.connect(address, record().handlers);
    session.send([bytes(1)]);
    session.send([bytes(2)]);
    await until(() => far.frames.length === 2);
    expect(far.frames.map((frame) => frame[0])).toEqual([1, 2]);
  });

  test('a connection to nobody is refused', async () => {
    const near = record();
    harness().client.network.connect(await harness().address(), near.handlers);
    expect(near.closes).toEqual([]);
    await harness().until(() => near.closes.length === 1);
    expect([near.closes, near.opens]).toEqual([['refused'], 0]);
  });

  test('a close is told once at each end, after what was sent before it', async () => {
    const { near, far, session, remote } = await connected();
    session.send([bytes(1)]);
    session.close();
    session.close();
    session.send([bytes(2)]);
    expect(near.closes).toEqual([]);
    await harness().until(() => near.closes.length === 1 && far.closes.length === 1);
    remote.send([bytes(3)]);
    remote.close();
    let passed = false;
    harness().client.clock.after(20, () => {
      passed = true;
    });
    await harness().until(() => passed);
    expect([near.closes, far.closes]).toEqual([['closed-here'], ['ended']]);
    expect([near.frames, far.frames.map((frame) => frame[0])]).toEqual([[], [1]]);
  });

  test('a session closed before it opens never opens', async () => {
    const { client, server } = harness();
    const address = await harness().address();
    const near = record();
    const far = record();
    await listening(server, address, () => far.handlers);
    client.network.connect(address, near.handlers).close();
    await harness().until(() => near.closes.length === 1);
    expect([near.opens, near.closes]).toEqual([0, ['closed-here']]);
  });

  test('an address is listened on once, until its listener closes; sessions outlive it', async () => {
    const { client, server, until } = harness();
    const address = await harness().address();
    const near = record();
    const far = record();
    const stop = await listening(server, address, () => far.handlers);
    await expect(listening(server, address, () => far.handlers)).rejects.toThrow(/EADDRINUSE/);
    const session = client.network.connect(address, near.handlers);
    await until(() => near.opens === 1);
    stop();
    const late = record();
    client.network.connect(address, late.handlers);
    await until(() => late.closes.length === 1);
    expect(late.closes).toEqual(['refused']);
    session.send([bytes(5)]);
    await until(() => far.frames.length === 1);
    await (await listening(server, address, () => far.handlers))();
  });

  test('a frame above the limit is refused at the sender', async () => {
    const { session } = await connected();
    expect(() => session.send([new Uint8Array(MAX_FRAME_BYTES), bytes(1)])).toThrow(/MAX_FRAME_BYTES/);
  });
}
