import type { NodeId } from '@reknit/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Change,
  closed,
  type Decision,
  decide,
  pinned,
  type Surroundings,
  stopping,
} from '../../src/configuration/changes.js';
import {
  type Configuration,
  decodeConfiguration,
  decodeEntry,
  encodeConfiguration,
  encodeEntry,
  type MemberRecord,
} from '../../src/configuration/record.js';

const id = (at: number): NodeId => at.toString(16).padStart(16, '0') as NodeId;
const url = (at: number): string => `http://n${at}:2380`;
const voter = (at: number): MemberRecord => ({
  id: id(at),
  name: `n${at}`,
  peerUrls: [url(at)],
  role: 'voter',
  incarnation: `disk ${at}`,
});

const THREE: Configuration = {
  version: 7,
  epoch: 1,
  protocol: 'raft',
  members: [voter(1), voter(2), voter(3)],
  removed: [],
  requests: [],
};

const ALL_UP: Surroundings = { reaches: () => true, inSync: () => true };
const without = (...down: readonly number[]): Surroundings => ({
  reaches: (member) => !down.map(id).includes(member),
  inSync: () => false,
});

let asked = 0;
const ask = (now: Configuration, change: Change, around: Surroundings = ALL_UP): Decision =>
  decide(now, { id: `request ${++asked}`, epoch: undefined, change }, around);

const text = (decision: Decision): string => (decision.kind === 'refused' ? decision.failure.message : decision.kind);

function taken(decision: Decision): Configuration {
  if (decision.kind !== 'next') throw new Error(text(decision));
  return decision.next;
}

const addition = (at: number, learner = false): Change => ({ kind: 'add', id: id(at), peerUrls: [url(at)], learner });

/** Through the phases of its plan. */
function carriedOut(now: Configuration): Configuration {
  const { plan } = now;
  return plan === undefined ? now : closed(stopping(now, plan), plan);
}

const votersOf = (now: Configuration): readonly NodeId[] =>
  now.members.filter(({ role }) => role === 'voter').map((member) => member.id);

describe('a change of the configuration', () => {
  it('that adds a voter counts it in no quorum before it is up and its plan is done (stop-signs, rule 14)', () => {
    const announced = taken(ask(THREE, addition(4)));
    expect(votersOf(announced)).toEqual([id(1), id(2), id(3)]);
    expect(announced.plan).toMatchObject({ phase: 'catching-up', voters: [id(1), id(2), id(3), id(4)] });
    expect(votersOf(carriedOut(announced))).toEqual([id(1), id(2), id(3), id(4)]);
  });

  it('replaces a member by one stop-sign, and the id that left never comes back (stop-signs, rule 11)', () => {
    const done = carriedOut(taken(ask(THREE, { kind: 'replace', member: id(2), id: id(9), peerUrls: [url(9)] })));
    expect(votersOf(done)).toEqual([id(1), id(3), id(9)]);
    expect(done).toMatchObject({ removed: [id(2)], epoch: 2 });
    expect(done.plan).toBeUndefined();
    expect(text(ask(done, addition(2)))).toBe('etcdserver: member ID already exist');
  });

  it('is refused while another is under way, and told which one (stop-signs, rule 12)', () => {
    const busy = taken(ask(THREE, { kind: 'switch', protocol: 'paxos' }));
    for (const change of [addition(4), addition(4, true), { kind: 'remove', member: id(1) }] satisfies Change[])
      expect(text(ask(busy, change))).toMatch(/under way: switching to paxos \(catching up\); .*reknit member cancel/);
  });

  it('asked twice under one id is one change, before and after it is done (stop-signs, rule 12)', () => {
    const request = { id: 'once', epoch: 1, change: { kind: 'switch', protocol: 'zab' } } as const;
    const planned = taken(decide(THREE, request, ALL_UP));
    expect(decide(planned, request, ALL_UP).kind).toBe('settled');
    expect(decide(carriedOut(planned), request, ALL_UP).kind).toBe('settled');
    expect(text(decide(carriedOut(planned), { ...request, id: 'later' }, ALL_UP))).toMatch(/configuration is 2, not 1/);
  });

  it('is cancelled until its stop-signs may be appended, and not after (stop-signs, rule 7)', () => {
    const planned = taken(ask(THREE, addition(4)));
    const cancelled = taken(ask(planned, { kind: 'cancel', plan: planned.plan?.id }));
    expect(cancelled).toMatchObject({ members: THREE.members, removed: [id(4)] });
    expect(cancelled.plan).toBeUndefined();
    const stopped = stopping(planned, planned.plan!);
    expect(text(ask(stopped, { kind: 'cancel', plan: undefined }))).toMatch(/too late to cancel adding member/);
    expect(text(ask(THREE, { kind: 'cancel', plan: undefined }))).toMatch(/no reconfiguration is under way/);
  });

  it('once cancelled is not begun again by a late repetition of its request', () => {
    const request = { id: 'once', epoch: undefined, change: addition(4) };
    const planned = taken(decide(THREE, request, ALL_UP));
    const cancelled = taken(ask(planned, { kind: 'cancel', plan: 'once' }));
    expect(text(decide(cancelled, request, ALL_UP))).toBe('reknit: the reconfiguration was cancelled');
    const takenBack = taken(ask(planned, { kind: 'remove', member: id(4) }));
    expect(text(decide(takenBack, request, ALL_UP))).toBe('reknit: the reconfiguration was cancelled');
    let later = cancelled;
    for (let at = 5; at < 25; at++) later = taken(ask(taken(ask(later, addition(at))), { kind: 'cancel', plan: undefined }));
    expect([later.requests.length, later.cancelled?.length]).toEqual([16, 16]);
    expect(decodeConfiguration(encodeConfiguration(later))).toEqual(later);
  });

  it('that was announced is taken back by removing the member that it announced, as with etcd', () => {
    const planned = taken(ask(THREE, addition(4)));
    expect(taken(ask(planned, { kind: 'remove', member: id(4) })).members).toEqual(THREE.members);
  });

  it.each<[string, Decision]>([
    ['etcdserver: Peer URLs already exists', ask(THREE, { ...addition(4), peerUrls: [url(2)] } as Change)],
    ['etcdserver: member not found', ask(THREE, { kind: 'remove', member: id(8) })],
    ['etcdserver: member not found', ask(THREE, { kind: 'promote', member: id(8) })],
    ['etcdserver: member not found', ask(THREE, { kind: 'update', member: id(8), peerUrls: [url(8)] })],
    ['etcdserver: can only promote a learner member', ask(THREE, { kind: 'promote', member: id(1) })],
    [
      'etcdserver: can only promote a learner member which is in sync with leader',
      ask(taken(ask(THREE, addition(4, true))), { kind: 'promote', member: id(4) }),
    ],
    ['etcdserver: too many learner members in cluster', ask(taken(ask(THREE, addition(4, true))), addition(5, true))],
    ['etcdserver: unhealthy cluster', ask(THREE, { kind: 'remove', member: id(1) }, without(2))],
    ['etcdserver: unhealthy cluster', ask(THREE, addition(4), without(1, 2))],
    [
      'etcdserver: re-configuration failed due to not enough started members',
      ask({ ...THREE, members: [voter(1)] }, { kind: 'remove', member: id(1) }),
    ],
  ])('is refused with etcd’s text: %s', (expected, decision) => {
    expect(text(decision)).toBe(expected);
  });

  it('that takes a dead member out is allowed while the rest has a majority', () => {
    expect(votersOf(carriedOut(taken(ask(THREE, { kind: 'remove', member: id(3) }, without(3)))))).toEqual([id(1), id(2)]);
  });

  it('of a learner or of addresses touches no voter and needs no stop-sign', () => {
    const learning = taken(ask(THREE, addition(4, true)));
    expect(learning.plan).toBeUndefined();
    const moved = taken(ask(learning, { kind: 'update', member: id(1), peerUrls: ['http://elsewhere:1'] }));
    expect(votersOf(taken(ask(moved, { kind: 'remove', member: id(4) })))).toEqual(votersOf(THREE));
    expect(moved.epoch).toBe(1);
  });
});

it('an incarnation is pinned once: another directory never speaks for the member (identity, rule 1)', () => {
  const announced = taken(ask(THREE, addition(4)));
  const known = pinned(announced, id(4), 'n4', 'disk 4');
  expect(known?.members.find((member) => member.id === id(4))).toMatchObject({ name: 'n4', incarnation: 'disk 4' });
  expect(known?.plan).toEqual(announced.plan);
  expect(pinned(known!, id(4), 'n4', 'another disk')).toBeUndefined();
});

it('whatever is asked, versions rise by one, a voter leaves only by a plan, and who was removed stays removed', () => {
  const at = fc.integer({ min: 1, max: 6 });
  const change = fc.oneof<fc.Arbitrary<Change>[]>(
    fc.record({ at, learner: fc.boolean() }).map((of) => addition(of.at, of.learner)),
    at.map((of) => ({ kind: 'remove', member: id(of) })),
    at.map((of) => ({ kind: 'promote', member: id(of) })),
    fc
      .record({ at, by: at })
      .map(({ at: of, by }) => ({ kind: 'replace', member: id(of), id: id(by + 10), peerUrls: [url(by + 10)] })),
    fc.constantFrom('raft' as const, 'paxos' as const).map((protocol) => ({ kind: 'switch', protocol })),
    fc.constant({ kind: 'cancel', plan: undefined }),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ change, finish: fc.boolean() }), { maxLength: 30 }), (steps) => {
      let now = THREE;
      for (const { change: wanted, finish } of steps) {
        const decision = ask(now, wanted);
        if (decision.kind === 'next') {
          expect(decision.next.version).toBe(now.version + 1);
          expect(votersOf(decision.next)).toEqual(votersOf(now));
          for (const gone of now.removed) expect(decision.next.removed).toContain(gone);
          now = decision.next;
        }
        if (finish) now = carriedOut(now);
        expect(decodeConfiguration(encodeConfiguration(now))).toEqual(now);
        expect(decodeEntry(encodeEntry({ expected: 1, next: now }))).toEqual({ expected: 1, next: now });
        expect(now.members.some((member) => now.removed.includes(member.id))).toBe(false);
        expect(votersOf(now).length).toBeGreaterThan(0);
      }
    }),
  );
});
