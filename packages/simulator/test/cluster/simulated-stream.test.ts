import type { BidirectionalHandler, StreamReply } from '@reknit/grpc';
import { createWorld } from '@reknit/runtime/simulated';
import { describe, expect, it } from 'vitest';
import { SimulatedStream } from '../../src/cluster/simulated-stream.js';

interface Heard {
  readonly requests: number[];
  readonly responses: number[];
  readonly closes: (string | undefined)[];
  cancelled: number;
  drains: number;
}

/** A server that does as the test tells, on a machine that runs. */
function open(seed: number) {
  const world = createWorld({ seed });
  const machine = world.machine('n1');
  machine.boot();
  const heard: Heard = { requests: [], responses: [], closes: [], cancelled: 0, drains: 0 };
  const stream = new SimulatedStream({
    world,
    prng: world.prng('stream'),
    machine,
    metadata: () => undefined,
    client: {
      onMessage: (response) => heard.responses.push(response.length),
      onClose: (failure) => heard.closes.push(failure?.message),
    },
  });
  const replies: StreamReply[] = [];
  const handle: BidirectionalHandler = (context, reply) => {
    replies.push(reply);
    reply.onDrain(() => heard.drains++);
    context.onCancel(() => heard.cancelled++);
    return { onMessage: (request) => heard.requests.push(request.length), onEnd: () => undefined };
  };
  stream.connect(() => machine.arrive(() => stream.begin(handle)));
  return { world, machine, stream, heard, reply: () => replies[0]! };
}

describe('a simulated stream', () => {
  it('carries requests in their order, none before the call itself', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { world, stream, heard } = open(seed);
      for (let length = 1; length <= 10; length++) stream.send(new Uint8Array(length));
      world.run(100);
      expect(heard.requests).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }
  });

  it('tells a server that was to wait when there is room, also when it sent something meanwhile', () => {
    const { world, stream, heard, reply } = open(1);
    world.run(10);
    stream.stall(50);
    expect(reply().send(new Uint8Array(3000))).toBe(true);
    expect(reply().send(new Uint8Array(3000))).toBe(false);
    expect(reply().send(new Uint8Array(1))).toBe(false);
    world.run(100);
    expect(heard.drains).toBe(1);
    expect(heard.responses).toEqual([3000, 3000, 1]);
    expect(reply().send(new Uint8Array(1))).toBe(true);
  });

  it('delivers what was sent before its end, and nothing after it', () => {
    const { world, stream, heard, reply } = open(1);
    world.run(10);
    reply().send(new Uint8Array(7));
    stream.reset();
    reply().send(new Uint8Array(8));
    world.run(100);
    expect(heard).toMatchObject({ responses: [7], closes: [undefined] });
  });

  it('tells the server that the client is gone, and the client nothing more', () => {
    const { world, stream, heard, reply } = open(1);
    world.run(10);
    reply().send(new Uint8Array(7));
    stream.cancel();
    world.run(100);
    expect(heard).toMatchObject({ responses: [], closes: [], cancelled: 1 });
  });
});
