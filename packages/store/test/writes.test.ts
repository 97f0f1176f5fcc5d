import type { NodeId, Proposed } from '@reknit/consensus';
import type { Failure } from '@reknit/grpc';
import { beforeEach, describe, expect, it } from 'vitest';
import { EtcdErrors } from '../src/errors.js';
import { Operation, sequenceOf } from '../src/group/envelope.js';
import { WAITING_BYTES_MAX, Writes } from '../src/group/writes.js';

const SELF = 'a' as NodeId;
const LEADER = 'b' as NodeId;
const ORIGIN = 7;

const accepted: Proposed = { accepted: true, first: 1 as never, last: 1 as never, round: 1 as never };
const refused = (leader: NodeId | undefined): Proposed => ({ accepted: false, reason: 'not-leader', leader });

class Client {
  readonly answers: string[] = [];
  applied(): void {
    this.answers.push('applied');
  }
  failed(failure: Failure): void {
    this.answers.push(failure.message);
  }
}

describe('writes that wait for their outcome', () => {
  let outcome: Proposed;
  let linkUp: boolean;
  let epoch: number;
  let sent: { to: NodeId; sequences: number[] }[];
  let refusals: { to: NodeId; sequences: readonly number[] }[];
  let writes: Writes;
  let client: Client;

  beforeEach(() => {
    outcome = refused(LEADER);
    linkUp = true;
    sent = [];
    refusals = [];
    client = new Client();
    epoch = 1;
    writes = new Writes(SELF, ORIGIN, {
      epoch: () => epoch,
      admits: () => 'all',
      propose: (payloads) => {
        if (outcome.accepted) sent.push({ to: SELF, sequences: payloads.map(sequenceOf) });
        return outcome;
      },
      forward: (to, payloads) => {
        if (linkUp) sent.push({ to, sequences: payloads.map(sequenceOf) });
        return linkUp;
      },
      refuse: (to, sequences) => refusals.push({ to, sequences }),
    });
  });

  const submit = (deadline = 1000): void => writes.submit(Operation.put, new Uint8Array([1]), deadline, client);

  it('wait while no leader is known, and then go to it once', () => {
    outcome = refused(undefined);
    submit();
    writes.dispatch();
    expect(sent).toEqual([]);
    outcome = refused(LEADER);
    writes.dispatch();
    writes.dispatch();
    expect(sent).toEqual([{ to: LEADER, sequences: [1] }]);
    expect(client.answers).toEqual([]);
  });

  it('are not sent while the link to the leader is down', () => {
    linkUp = false;
    submit();
    writes.dispatch();
    linkUp = true;
    writes.dispatch();
    expect(sent).toEqual([{ to: LEADER, sequences: [1] }]);
  });

  it('are answered by the entry that carries them, and by no other origin or sequence', () => {
    outcome = accepted;
    submit();
    writes.dispatch();
    writes.onApplied(ORIGIN + 1, 1, { kind: 'malformed' });
    writes.onApplied(ORIGIN, 2, { kind: 'malformed' });
    expect(client.answers).toEqual([]);
    writes.onApplied(ORIGIN, 1, { kind: 'malformed' });
    writes.onApplied(ORIGIN, 1, { kind: 'malformed' });
    expect(client.answers).toEqual(['applied']);
  });

  it('that were forwarded are unknown once the link is lost, and are never sent again', () => {
    submit();
    writes.dispatch();
    writes.failSentTo(LEADER, EtcdErrors.timeoutConnectionLost);
    writes.dispatch();
    writes.onRefused(LEADER, [1]);
    writes.dispatch();
    expect(client.answers).toEqual(['etcdserver: request timed out, possibly due to connection lost']);
    expect(sent).toHaveLength(1);
  });

  it('go again when the leader says that it did not propose them, but not before the next tick', () => {
    submit();
    writes.dispatch();
    writes.onRefused(LEADER, [1]);
    writes.dispatch();
    expect(sent).toHaveLength(1);
    writes.tick();
    writes.dispatch();
    expect(sent).toHaveLength(2);
    expect(client.answers).toEqual([]);
  });

  it('that were refused are answered like all others when their time or the member ends', () => {
    submit(10);
    submit(1000);
    writes.dispatch();
    writes.onRefused(LEADER, [1, 2]);
    writes.expire(10);
    writes.failAll(EtcdErrors.stopped);
    writes.tick();
    writes.dispatch();
    expect(client.answers).toEqual(['etcdserver: request timed out', 'etcdserver: server stopped']);
    expect(sent).toHaveLength(1);
  });

  it('are bounded in what they cost, be they ever so small', () => {
    outcome = refused(undefined);
    for (let count = 0; count < WAITING_BYTES_MAX / 256 && client.answers.length === 0; count++) submit();
    expect(client.answers).toEqual(['etcdserver: too many requests']);
  });

  it('are unknown when another leads than they were sent to, but not those that just went to the new one', () => {
    submit();
    writes.dispatch();
    writes.failSentElsewhereThan(LEADER, EtcdErrors.leaderChanged);
    expect(client.answers).toEqual([]);
    writes.failSentElsewhereThan('c' as NodeId, EtcdErrors.leaderChanged);
    expect(client.answers).toEqual(['etcdserver: leader changed']);
  });

  it('that a follower was asked to propose are refused to their origin', () => {
    submit();
    writes.dispatch();
    const payload = new Uint8Array([1, 1, 0, 0, 0, 9, 5, 0, 0, 0, 0, 0, 0, 0]);
    writes.addForeign('c' as NodeId, [payload]);
    writes.dispatch();
    expect(refusals).toEqual([{ to: 'c', sequences: [5] }]);
  });

  it('time out, sent or not, and a queued one that timed out is not sent later', () => {
    outcome = refused(undefined);
    submit(10);
    writes.expire(10);
    outcome = accepted;
    writes.dispatch();
    expect(client.answers).toEqual(['etcdserver: request timed out']);
    expect(sent).toEqual([]);
    expect(writes.waiting).toBe(0);
  });

  it('in a stage that has ended are proposed again: what it decided is applied, and they are not in it (stop-signs, rule 6)', () => {
    writes.submit(Operation.put, new Uint8Array(1), 100, client);
    writes.submit(Operation.put, new Uint8Array(1), 100, client);
    writes.dispatch();
    writes.onApplied(ORIGIN, 1, { kind: 'malformed' });
    writes.onStageEnded(1);
    epoch = 2;
    writes.dispatch();
    expect(sent).toEqual([
      { to: LEADER, sequences: [1, 2] },
      { to: LEADER, sequences: [2] },
    ]);
    expect(client.answers).toEqual(['applied']);
  });

  it('that another member forwarded in a stage that has ended are its own to propose again, not ours (stop-signs, rule 6)', () => {
    outcome = accepted;
    writes.addForeign(LEADER, [new Uint8Array(0)]);
    epoch = 2;
    writes.submit(Operation.put, new Uint8Array(1), 100, client);
    writes.dispatch();
    expect(sent).toEqual([{ to: SELF, sequences: [1] }]);
  });

  it('that the next stage has taken already stay with it when the one before is seen to end (stop-signs, rule 6)', () => {
    epoch = 2;
    writes.submit(Operation.put, new Uint8Array(1), 100, client);
    writes.dispatch();
    writes.onStageEnded(1);
    writes.dispatch();
    expect(sent).toEqual([{ to: LEADER, sequences: [1] }]);
  });
});
