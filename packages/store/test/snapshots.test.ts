import { ByteReader, ByteWriter, utf8Encode } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import { createPutRequest } from '@reknit/etcd-api';
import { type KeySpace, memoryPagesHome, openKeySpace } from '@reknit/mvcc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Snapshots } from '../src/group/snapshots.js';

const SENDER = 'b' as NodeId;

/** At entry 5, and promised a state at 8 at least. */
function receiver(): { readonly space: KeySpace; readonly snapshots: Snapshots; readonly seen: string[] } {
  const space = openKeySpace(memoryPagesHome(), { branch: '0000000000000001' });
  space.end({ branch: '0000000000000001', epoch: 1, index: 5, round: 1 });
  const seen: string[] = [];
  const snapshots = new Snapshots(space, {
    freshen: () => undefined,
    request: () => undefined,
    piece: () => undefined,
    acknowledge: () => void seen.push('acknowledged'),
    beforeInstall: () => void seen.push('installing'),
    installed: () => void seen.push('installed'),
    failed: () => void seen.push('failed'),
  });
  snapshots.fetch(SENDER, 8, 0);
  return { space, snapshots, seen };
}

describe('a snapshot', () => {
  it.each([
    ['of another branch', '00000000000000ff', 9],
    ['that is behind the state here', '0000000000000001', 4],
    ['that is where the state here is', '0000000000000001', 5],
    ['that is older than was offered', '0000000000000001', 7],
  ])('%s is not begun', (_, branch, index) => {
    const { space, snapshots, seen } = receiver();
    const piece = new ByteWriter().u32(1).u32(0).string(branch).u32(1).u64(index).u64(1).bool(true).bytes(new Uint8Array(0));
    snapshots.onPiece(SENDER, new ByteReader(piece.copy()), 0);
    expect(seen).toEqual(['failed']);
    expect(space.applied.index).toBe(5);
  });

  it('that this state has passed when the last piece comes is dropped', () => {
    const { space, snapshots, seen } = receiver();
    const first = new ByteWriter().u32(1).u32(0).string('0000000000000001').u32(1).u64(9).u64(1).bool(false);
    snapshots.onPiece(SENDER, new ByteReader(first.bytes(new Uint8Array(0)).copy()), 0);
    space.end({ branch: '0000000000000001', epoch: 1, index: 9, round: 1 });
    const last = new ByteWriter().u32(1).u32(1).bool(true).bytes(new Uint8Array(0));
    snapshots.onPiece(SENDER, new ByteReader(last.copy()), 0);
    expect(seen).toEqual(['acknowledged', 'acknowledged', 'failed']);
    expect(space.applied.index).toBe(9);
  });
});

const RECEIVER = 'a' as NodeId;
const BRANCH = '0000000000000001';
const KEYS = 60;
const atOnce = (run: () => void): void => run();

/** Two ends and what travels between them, in order; whoever drops from a queue breaks the link there. */
class Transfer {
  readonly requests: Uint8Array[] = [];
  readonly pieces: Uint8Array[] = [];
  readonly acknowledgements: Uint8Array[] = [];
  readonly outcomes: string[] = [];
  readonly target: KeySpace = openKeySpace(memoryPagesHome({ schedule: atOnce }), { branch: BRANCH });
  readonly #source: KeySpace;
  readonly #receiver: Snapshots;
  #sender: Snapshots;
  piecesSent = 0;
  now = 0;

  constructor(source: KeySpace) {
    this.#source = source;
    this.#sender = this.#end(source);
    this.#receiver = this.#end(this.target);
    this.#receiver.fetch(SENDER, 1, this.now);
  }

  /** Until nothing moves any more. */
  flow(steps = Number.POSITIVE_INFINITY): void {
    for (let step = 0; step < steps && this.#move(); step++);
  }

  breakLink(): void {
    for (const queue of [this.requests, this.pieces, this.acknowledgements]) queue.length = 0;
  }

  mendLink(): void {
    this.#sender.onPeerUp(RECEIVER, this.now);
    this.#receiver.onPeerUp(SENDER, this.now);
  }

  restartSender(): void {
    this.#sender.close();
    this.#sender = this.#end(this.#source);
  }

  pass(time: number): void {
    this.now += time;
    this.#sender.tick(this.now);
    this.#receiver.tick(this.now);
  }

  #move(): boolean {
    const [request, piece, acknowledgement] = [this.requests.shift(), this.pieces.shift(), this.acknowledgements.shift()];
    const reader = (bytes: Uint8Array): ByteReader => new ByteReader(bytes);
    if (request !== undefined) {
      const from = reader(request);
      this.#sender.onRequest(RECEIVER, from.u32(), from.u32(), this.now);
    }
    if (piece !== undefined) this.#receiver.onPiece(SENDER, reader(piece), this.now);
    if (acknowledgement !== undefined) {
      const from = reader(acknowledgement);
      this.#sender.onAcknowledged(RECEIVER, from.u32(), from.u32(), this.now);
    }
    return request !== undefined || piece !== undefined || acknowledgement !== undefined;
  }

  #end(space: KeySpace): Snapshots {
    return new Snapshots(space, {
      freshen: () => undefined,
      request: (_to, transfer, piece) => void this.requests.push(new ByteWriter().u32(transfer).u32(piece).copy()),
      piece: (_to, write) => {
        this.piecesSent++;
        const writer = new ByteWriter();
        write(writer);
        this.pieces.push(writer.copy());
      },
      acknowledge: (_to, transfer, piece) => void this.acknowledgements.push(new ByteWriter().u32(transfer).u32(piece).copy()),
      beforeInstall: () => undefined,
      installed: () => void this.outcomes.push('installed'),
      failed: (cause) => void this.outcomes.push(cause),
    });
  }
}

/** Large enough for some fifteen pieces. */
function largeSpace(): KeySpace {
  const space = openKeySpace(memoryPagesHome({ schedule: atOnce }), { branch: BRANCH });
  const value = new Uint8Array(64 * 1024);
  for (let key = 0; key < KEYS; key++) space.put(createPutRequest({ key: utf8Encode(`key ${key}`), value }));
  space.end({ branch: BRANCH, epoch: 1, index: 7, round: 1 });
  space.flush(() => undefined);
  return space;
}

describe('a transfer', () => {
  const source = largeSpace();
  const whole = new Transfer(source);
  whole.flow();
  const pieces = whole.piecesSent;

  it('takes its pieces once when nothing is lost', () => {
    expect(whole.outcomes).toEqual(['installed']);
    expect(whole.target.applied).toEqual(source.applied);
    expect(pieces).toBeGreaterThan(10);
  });

  it('goes on where it stood when its link broke: only what was under way is sent again', () => {
    for (let step = 1; step < pieces; step += 3) {
      const transfer = new Transfer(source);
      transfer.flow(step);
      transfer.breakLink();
      transfer.mendLink();
      transfer.flow();
      expect(transfer.outcomes, `broken after ${step} steps`).toEqual(['installed']);
      expect(transfer.piecesSent).toBeLessThanOrEqual(pieces + 4);
    }
  });

  it('begins anew with a sender that has forgotten it', () => {
    const transfer = new Transfer(source);
    transfer.flow(8);
    transfer.breakLink();
    transfer.restartSender();
    transfer.mendLink();
    transfer.flow();
    expect(transfer.outcomes).toEqual(['installed']);
    expect(transfer.target.applied).toEqual(source.applied);
  });

  it('asks again for what was lost without a sign', () => {
    const transfer = new Transfer(source);
    transfer.flow(5);
    transfer.pieces.shift();
    transfer.flow();
    expect(transfer.outcomes).toEqual([]);
    transfer.pass(1001);
    transfer.flow();
    expect(transfer.outcomes).toEqual(['installed']);
  });

  it('ends in the state of its source, or not at all, however often its link breaks and its sender restarts', () => {
    const faults = fc.array(fc.tuple(fc.integer({ min: 1, max: 25 }), fc.constantFrom('break', 'restart', 'wait')), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(faults, (each) => {
        const transfer = new Transfer(source);
        for (const [steps, fault] of each) {
          transfer.flow(steps);
          if (fault === 'wait') transfer.pass(700);
          else transfer.breakLink();
          if (fault === 'restart') transfer.restartSender();
          transfer.mendLink();
        }
        transfer.flow();
        expect(transfer.outcomes).toEqual(['installed']);
        expect(transfer.target.applied).toEqual(source.applied);
      }),
      { numRuns: 15 },
    );
  });

  it('is given up when nothing more arrives', () => {
    const transfer = new Transfer(source);
    transfer.flow(5);
    transfer.breakLink();
    transfer.pass(5001);
    expect(transfer.outcomes).toEqual(['no piece arrived in time']);
  });
});
